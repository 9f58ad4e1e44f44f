// `rodprep verify`: checks every hash of a data set, and repairs it.
#include <fmt/format.h>

#include "base/error.h"
#include "base/status_line.h"
#include "base/units.h"
#include "cli/command_line.h"
#include "commands.h"
#include "prepare/cache/repair.h"
#include "prepare/verify.h"

namespace rod::tools {

int verify_command(int argc, char** argv) {
  prepare::RepairOptions options;
  std::string dataset;
  cli::CommandLine line(
      "rodprep verify", "Checks every file and every pixel of a data set against its hashes.",
      "rodprep verify /content/shards\n"
      "rodprep verify /content/shards --repair /content/drive/MyDrive/ROD-synROD.tar\n"
      "rodprep verify /content/shards --repair https://example.org/ROD-synROD.tar\n"
      "rodprep verify s3://bucket/shards");
  CLI::App& app = line.app();
  app.add_option("DATASET", dataset, "data set folder, or its address")->required();
  CLI::Option* const repairing =
      app.add_option("--repair", options.source,
                     "the folder or archive that it was made from, or the archive's address; "
                     "rebuilds bad shards")
          ->option_text("SOURCE");
  LayoutFlags layout(app);
  layout.only_with(repairing);
  app.add_option("--spool", options.reading.spool.folder,
                 "folder for data read from a SOURCE at an address, or unpacked from a compressed "
                 "one; default: the temporary folder")
      ->needs(repairing)
      ->type_name("DIR");
  const DatasetFlags flags(app);
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    io::hide_credentials(argc, argv);
    const io::DataFolder folder = flags.open(dataset, line.common().quiet);
    dataset = folder.name.string();
    if (folder.open && !options.source.empty()) {
      throw Error(ErrorKind::kUsage,
                  "--repair needs a local data set; copy it to this machine, or rebuild it with "
                  "rodprep cache");
    }
    options.dataset = dataset;
    if (io::is_address(options.source)) {
      const OpenedSource source =
          flags.open_archive(options.source, line.common().quiet, options.reading.spool);
      options.source = source.name;
      options.open = source.open;
    }
    options.reading.quiet = line.common().quiet;
    options.retry = flags.retry();
    options.layout = layout.options();
    options.jobs = line.common().jobs;
    options.quiet = line.common().quiet;
    const prepare::VerifyReport checked = prepare::verify(folder, options.jobs, options.quiet);
    for (const std::string& bad : checked.bad) write_stderr("bad: " + bad + "\n");
    report = {{"dataset", dataset},
              {"intact", checked.bad.empty()},
              {"shards", checked.shards},
              {"samples", checked.samples},
              {"bytes", checked.bytes},
              {"bad", checked.bad},
              {"bad_shards", checked.bad_shards},
              {"repaired", false}};
    const bool to_repair = !options.source.empty() && !checked.bad.empty();
    const std::string verdict =
        checked.bad.empty()
            ? "intact"
            : fmt::format("damaged, {} finding{} in {} of the shards{}", checked.bad.size(),
                          checked.bad.size() == 1 ? "" : "s", checked.bad_shards.size(),
                          to_repair ? "" : "; rebuild them with --repair SOURCE");
    if (!options.quiet || !checked.bad.empty()) {
      write_stderr(fmt::format("{}: {} pairs in {} shards, {}: {}\n", dataset,
                               format_count(checked.samples), format_count(checked.shards),
                               format_size(double(checked.bytes)), verdict));
    }
    if (!to_repair) return checked.bad.empty() ? 0 : static_cast<int>(ErrorKind::kBadInput);
    prepare::repair(options, checked.bad_shards);
    report["repaired"] = true;
    if (!options.quiet) {
      write_stderr(
          fmt::format("{}: repaired, {} of {} shards were rebuilt; it is the original data set\n",
                      dataset, checked.bad_shards.size(), checked.shards));
    }
    return 0;
  });
}

}  // namespace rod::tools
