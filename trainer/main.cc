// rodtrain: trains unless its first argument names another command.
#include <array>
#include <string_view>

#include "cli/command_line.h"
#include "trainer/commands/commands.h"

int main(int argc, char** argv) {
  constexpr std::array<rod::cli::Command, 5> kCommands = {
      {{"eval", "accuracies of a trained network", rod::trainer::eval_command},
       {"predict", "classify images with a trained network", rod::trainer::predict_command},
       {"bench", "what the loader, the feed and the step each reach", rod::trainer::bench_command},
       {"report", "several runs on one page", rod::trainer::report_command},
       {"export", "a trained network alone", rod::trainer::export_command}}};
  const std::string_view first = argc > 1 ? argv[1] : "";
  for (const rod::cli::Command& command : kCommands) {
    if (first == command.name) return command.run(argc - 1, argv + 1);
  }
  return rod::trainer::train_command(argc, argv);
}
