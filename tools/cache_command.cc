// `rodprep cache`: a folder or an archive of images to shards.
#include <fmt/format.h>

#include "base/error.h"
#include "base/status_line.h"
#include "base/units.h"
#include "cli/command_line.h"
#include "commands.h"
#include "prepare/cache.h"
#include "prepare/info.h"

namespace rod {
namespace {

// --split NAME=LIST
std::pair<std::string, std::string> name_and_list(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == text.npos || equals == 0 || equals + 1 == text.size()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--split '{}': expected NAME=LIST, such as ROD=ROD/my_list.txt", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace

int cache_command(int argc, char** argv) {
  CacheOptions options;
  std::vector<std::string> splits;
  std::string codec = "zstd", depth = "auto", on_error = "fail";
  CommandLine line("rodprep cache",
                   "Packs the image pairs of a folder or an uncompressed archive into shards.",
                   "rodprep cache /content/drive/MyDrive/ROD-synROD.tar /content/shards\n"
                   "rodprep cache /content/datasets/ROD-synROD /content/shards --codec raw\n"
                   "rodprep cache ROD-synROD.tar shards --split ROD=smallROD.txt --split "
                   "synROD-train=smallsyn.txt");
  CLI::App& app = line.app();
  app.add_option("SOURCE", options.source, "folder or uncompressed archive (tar)")->required();
  app.add_option("DEST", options.destination, "folder for the data set")->required();
  app.add_option("--layout", options.layout.layout, "what SOURCE is")
      ->check(CLI::IsMember({"auto", "rod-synrod", "hb"}));
  app.add_option(
         "--split", splits,
         "NAME=LIST instead of the lists found: a file of SOURCE or of the disk (repeatable)")
      ->take_all()
      ->allow_extra_args(false)
      ->default_str("");
  app.add_option("--size", options.size, "pixels per side")->check(CLI::Range(1, 4096));
  app.add_option("--codec", codec, "how pixels are stored; both are lossless")
      ->check(CLI::IsMember({"zstd", "raw"}));
  app.add_option(
         "--depth", depth,
         "kind of the depth images: 8-bit colouring, 16-bit millimetres, or as the first is")
      ->check(CLI::IsMember({"auto", "rgb", "raw16"}));
  add_size(app, "--shard-size", options.shard_bytes, "decoded pixels per shard");
  app.add_option("--on-error", on_error,
                 "bad image: fail, or skip the pair and list it in rejects.jsonl")
      ->check(CLI::IsMember({"fail", "skip"}));
  app.add_option("--max-rejects", options.max_rejects, "with skip: give up above so many");

  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    for (const std::string& split : splits) options.layout.splits.push_back(name_and_list(split));
    options.codec = codec_from_name(codec);
    options.depth = depth == "auto"  ? DepthChoice::kAuto
                    : depth == "rgb" ? DepthChoice::kColour
                                     : DepthChoice::kRaw16;
    options.skip_bad = on_error == "skip";
    options.jobs = line.common().jobs;
    options.quiet = line.common().quiet;
    const CacheReport done = cache(options);

    std::uint64_t shards = 0, bytes = 0;
    for (const SplitInfo& split : done.manifest.splits) {
      shards += split.shards.size();
      bytes += stored_bytes(split);
    }
    if (!line.common().quiet) {
      write_stderr(fmt::format(
          "{}: {}, {} pairs in {} shards, {}{}\n", options.destination.string(),
          done.already_complete ? "already complete" : "complete", format_count(done.pairs),
          format_count(shards), format_size(double(bytes)),
          done.rejects > 0 ? fmt::format("; {} pairs refused, see rejects.jsonl", done.rejects)
                           : ""));
    }
    report = {{"dataset", options.destination.string()},
              {"recognised", done.explanation},
              {"fingerprint", done.manifest.fingerprint},
              {"already_complete", done.already_complete},
              {"pairs", done.pairs},
              {"rejects", done.rejects},
              {"shards", shards},
              {"shards_kept", done.shards_kept},
              {"bytes", bytes},
              {"seconds", done.seconds}};
    return 0;
  });
}

}  // namespace rod
