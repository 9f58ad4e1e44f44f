// `rodprep merge`: joins the parts that several machines made.
#include <fmt/format.h>

#include "base/error.h"
#include "base/status_line.h"
#include "base/units.h"
#include "cli/command_line.h"
#include "commands.h"
#include "prepare/cache/merge.h"
#include "prepare/info.h"

namespace rod::tools {

int merge_command(int argc, char** argv) {
  std::filesystem::path destination;
  std::vector<std::filesystem::path> parts;
  cli::CommandLine line("rodprep merge",
                        "Joins the partitions of a data set that several machines or tasks made "
                        "with rodprep cache --part K/N.",
                        "rodprep merge /content/shards part-1 part-2 part-3 part-4\n"
                        "rodprep merge shards part-*");
  line.app().add_option("DEST", destination, "folder for the data set")->required();
  line.app().add_option("PART", parts, "folders of all partitions, in any order")->required();
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    const prepare::MergeReport done =
        prepare::merge(destination, parts, line.common().jobs, line.common().quiet);
    std::uint64_t bytes = 0;
    for (const shard::SplitInfo& split : done.manifest.splits)
      bytes += prepare::stored_bytes(split);
    if (!line.common().quiet) {
      write_stderr(
          fmt::format("{}: complete, {} pairs in {} shards of {} partitions, {}{}\n",
                      destination.string(), format_count(done.pairs), format_count(done.shards),
                      parts.size(), format_size(double(bytes)),
                      done.reject_count > 0
                          ? fmt::format("; {} pairs rejected, see rejects.jsonl", done.reject_count)
                          : ""));
    }
    report = {{"dataset", destination.string()},
              {"fingerprint", done.manifest.fingerprint},
              {"parts", parts.size()},
              {"pairs", done.pairs},
              {"rejects", done.reject_count},
              {"shards", done.shards},
              {"bytes", bytes}};
    return 0;
  });
}

}  // namespace rod::tools
