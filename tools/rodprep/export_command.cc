// `rodprep export`: a data set as files that other programs read.
#include <fmt/format.h>

#include "base/status_line.h"
#include "base/units.h"
#include "cli/command_line.h"
#include "commands.h"
#include "prepare/export/export.h"

namespace rod::tools {

int export_command(int argc, char** argv) {
  prepare::ExportOptions options;
  std::string format = "png";
  cli::CommandLine line(
      "rodprep export", "Writes a data set as PNG files, WebDataset tars or NumPy arrays.",
      "rodprep export /content/shards /content/pngs\n"
      "rodprep export /content/shards /content/tars --format webdataset --split synROD-train\n"
      "rodprep export /content/shards /content/arrays --format npy");
  CLI::App& app = line.app();
  app.add_option("DATASET", options.dataset, "data set folder")->required();
  app.add_option("OUT", options.destination, "folder to create; it appears when it is complete")
      ->required();
  app.add_option("--format", format,
                 "png: folders by class and list.tsv; webdataset: tars; npy: one array per kind")
      ->check(CLI::IsMember({"png", "webdataset", "npy"}));
  app.add_option("--split", options.splits, "only this split (repeatable)")
      ->take_all()
      ->allow_extra_args(false)
      ->default_str("");
  cli::add_size(app, "--shard-size", options.tar_bytes, "webdataset: approximate bytes per tar");
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    options.format = prepare::export_format_from_name(format);
    options.jobs = line.common().jobs;
    options.quiet = line.common().quiet;
    const prepare::ExportReport done = prepare::export_dataset(options);
    if (!line.common().quiet) {
      write_stderr(fmt::format("{}: {} samples in {} files, {}\n", options.destination.string(),
                               format_count(done.samples), format_count(done.files),
                               format_size(double(done.bytes))));
    }
    report = {{"out", options.destination.string()},
              {"format", format},
              {"samples", done.samples},
              {"files", done.files},
              {"bytes", done.bytes}};
    return 0;
  });
}

}  // namespace rod::tools
