// `rodprep info`: what a data set consists of.
#include <cstdio>

#include "base/error.h"
#include "cli/command_line.h"
#include "commands.h"
#include "prepare/info.h"

namespace rod::tools {
namespace {

nlohmann::ordered_json to_json(const shard::Manifest& manifest) {
  nlohmann::ordered_json json{{"fingerprint", manifest.fingerprint},
                              {"parents", manifest.parents},
                              {"layout", manifest.layout},
                              {"height", manifest.pixels.height},
                              {"width", manifest.pixels.width},
                              {"rgb", manifest.pixels.has_rgb()},
                              {"depth", shard::depth_kind_name(manifest.pixels.depth)},
                              {"codec", shard::codec_name(manifest.codec)},
                              {"classes", manifest.classes}};
  if (const auto& sources = manifest.sources) {
    json["sources"] = {{"samples", sources->samples},
                       {"ignored", sources->ignored},
                       {"not_taken", sources->not_taken},
                       {"refused", sources->refused}};
  }
  for (const shard::SplitInfo& split : manifest.splits) {
    json["splits"].push_back({{"name", split.name},
                              {"samples", split.samples},
                              {"lines_left_out", split.lines_left_out.size()},
                              {"shards", split.shards.size()},
                              {"bytes", prepare::stored_bytes(split)},
                              {"class_counts", split.class_counts},
                              {"rgb_mean", split.rgb_mean},
                              {"rgb_std", split.rgb_std},
                              {"depth_mean", split.depth_mean},
                              {"depth_std", split.depth_std}});
  }
  return json;
}

nlohmann::ordered_json to_json(const prepare::DuplicateReport& found) {
  nlohmann::ordered_json json{
      {"samples", found.samples}, {"equal", found.equal}, {"near", found.near}};
  json["found"] = nlohmann::ordered_json::array();
  for (const prepare::Duplicate& one : found.found) {
    json["found"].push_back({{"split", one.split},
                             {"key", one.key},
                             {"other_split", one.other_split},
                             {"other_key", one.other_key},
                             {"equal", one.equal},
                             {"distance", one.distance}});
  }
  return json;
}

}  // namespace

int info_command(int argc, char** argv) {
  std::string dataset;
  cli::CommandLine line("rodprep info",
                        "Prints a data set's splits, classes, sizes and channel statistics.",
                        "rodprep info /content/shards\nrodprep info /content/shards --json\n"
                        "rodprep info /content/shards --duplicates\n"
                        "rodprep info https://example.org/shards");
  line.app().add_option("DATASET", dataset, "data set folder, or its address")->required();
  const DatasetFlags flags(line.app());
  bool duplicates = false;
  std::size_t most = 20;
  CLI::Option* const flag =
      line.app().add_flag("--duplicates", duplicates,
                          "instead list images that occur in two splits: identical ones, by their "
                          "stored hashes, and similar ones");
  line.app()
      .add_option("--most", most, "with --duplicates: pairs of each kind to list")
      ->needs(flag);
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    io::hide_credentials(argc, argv);
    const io::DataFolder folder = flags.open(dataset, line.common().quiet);
    if (duplicates) {
      const prepare::DuplicateReport found =
          prepare::find_duplicates(folder, most, line.common().jobs, line.common().quiet);
      report = to_json(found);
      if (!line.common().json) std::fputs(prepare::describe(found).c_str(), stdout);
      return 0;
    }
    if (line.common().jobs > 0)
      throw Error(ErrorKind::kUsage, "--jobs is for --duplicates; without it, one thread suffices");
    const shard::Manifest manifest = shard::read_manifest(folder.name, folder.how, folder.open);
    report = to_json(manifest);
    if (!line.common().json) std::fputs(prepare::describe(manifest).c_str(), stdout);
    return 0;
  });
}

}  // namespace rod::tools
