// `rodprep verify`: checks every hash of a data set.
#include <fmt/format.h>

#include "base/error.h"
#include "base/status_line.h"
#include "base/units.h"
#include "cli/command_line.h"
#include "commands.h"
#include "prepare/verify.h"

namespace rod {

int verify_command(int argc, char** argv) {
  std::string dataset;
  CommandLine line("rodprep verify",
                   "Checks every file and every pixel of a data set against its hashes.",
                   "rodprep verify /content/shards");
  line.app().add_option("DATASET", dataset, "data set folder")->required();
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    const VerifyReport checked = verify(dataset, line.common().jobs, line.common().quiet);
    for (const std::string& bad : checked.bad) write_stderr("bad: " + bad + "\n");
    const std::string verdict =
        checked.bad.empty()
            ? "intact"
            : fmt::format(
                  "damaged, {} finding{}; make it again with rodprep cache into an empty folder",
                  checked.bad.size(), checked.bad.size() == 1 ? "" : "s");
    if (!line.common().quiet || !checked.bad.empty()) {
      write_stderr(fmt::format("{}: {} pairs in {} shards, {}: {}\n", dataset,
                               format_count(checked.samples), format_count(checked.shards),
                               format_size(double(checked.bytes)), verdict));
    }
    report = {{"dataset", dataset},       {"intact", checked.bad.empty()},
              {"shards", checked.shards}, {"samples", checked.samples},
              {"bytes", checked.bytes},   {"bad", checked.bad}};
    return checked.bad.empty() ? 0 : static_cast<int>(ErrorKind::kBadInput);
  });
}

}  // namespace rod
