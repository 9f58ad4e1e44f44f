// `rodprep`: from an archive on a drive to data that a trainer reads at full speed.
#include "cli/command_line.h"
#include "commands.h"

int main(int argc, char** argv) {
  constexpr rod::cli::Command kCommands[] = {
      {"extract", "unpacks an archive safely, in parallel and resumably",
       rod::tools::extract_command},
      {"cache", "converts a folder's or archive's images to shards", rod::tools::cache_command},
      {"merge", "joins the partitions that several machines made", rod::tools::merge_command},
      {"verify", "checks every hash of a data set", rod::tools::verify_command},
      {"info", "prints a data set's splits, classes, sizes and statistics",
       rod::tools::info_command},
      {"preview", "draws a contact sheet of a data set", rod::tools::preview_command},
      {"export", "writes a data set as PNG files, WebDataset tars or NumPy arrays",
       rod::tools::export_command},
      {"synth", "renders a small archive in the form of ROD-synROD", rod::tools::synth_command},
      {"doctor", "reports what this machine has and what fits it", rod::tools::doctor_command},
  };
  return rod::cli::run_command("rodprep", "Prepares RGB-D data sets for training.", kCommands, argc,
                               argv);
}
