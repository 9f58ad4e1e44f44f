// `rodtrain report RUN…`: several runs on one page.
#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/status_line.h"
#include "cli/command_line.h"
#include "io/file.h"
#include "trainer/commands/commands.h"
#include "trainer/report/comparison.h"

namespace rod::trainer {
namespace {

int run_report(const std::vector<std::filesystem::path>& folders,
               const std::filesystem::path& output, bool print_table,
               nlohmann::ordered_json& report) {
  std::vector<ComparedRun> runs;
  std::set<std::filesystem::path> seen;
  for (const std::filesystem::path& folder : folders) {
    if (!seen.insert(std::filesystem::weakly_canonical(folder)).second) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{}: is named twice; name each run once", folder.string()));
    }
    runs.push_back(read_run(folder));
    if (runs.back().target != runs.front().target) {
      throw BadInput(fmt::format(
          "{}: was judged on {}, but {} on {}; compare runs that have the same target",
          runs.back().name, runs.back().target, runs.front().name, runs.front().target));
    }
  }
  label_methods(runs);
  io::write_file(output, comparison_page(runs));
  report = comparison_json(runs);
  report["page"] = output.string();
  if (print_table) fmt::print("{}", comparison_text(runs));
  return 0;
}

}  // namespace

int report_command(int argc, char** argv) {
  std::vector<std::filesystem::path> folders;
  std::filesystem::path output = "comparison.html";
  cli::CommandLine line(
      "rodtrain report",
      "Compares runs of one target on one page: the accuracy of each method, as mean and standard "
      "deviation over its seeds. With a source-only run, also each class before and after "
      "adaptation. With the file features.safetensors in a run folder, which rodtrain eval "
      "--save-features writes, also pictures of the features and the distance of the domains.",
      "rodtrain report runs/source-only runs/rr\n"
      "rodtrain eval runs/rr/best_unlabelled.safetensors --data /content/shards "
      "--save-features runs/rr/features.safetensors\n"
      "rodtrain report runs/rr-1 runs/rr-2 runs/rr-3 runs/dann-1 --output thesis/table.html");
  line.app().add_option("RUN", folders, "run folder, repeatable")->required();
  line.app()
      .add_option("--output", output, "the page to write; it needs no other file")
      ->type_name("FILE.html");
  line.without_jobs();
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    return run_report(folders, output, !line.common().json, report);
  });
}

}  // namespace rod::trainer
