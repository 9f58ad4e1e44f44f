#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/status_line.h"
#include "cli/command_line.h"

namespace rod::cli {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0u);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replace});
    }
  }
  return row.back();
}

std::string table(const std::string& program, const std::string& description,
                  std::span<const Command> commands) {
  std::string text =
      fmt::format("{}\n\nUsage: {} COMMAND [OPTIONS]\n\nCommands:\n", description, program);
  for (const Command& command : commands) {
    text += fmt::format("  {:<10} {}\n", command.name, command.summary);
  }
  return text +
         fmt::format("\n'{} COMMAND --help' shows a command's options and examples.\n", program);
}

}  // namespace

int run_command(const std::string& program, const std::string& description,
                std::span<const Command> commands, int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  for (const Command& command : commands) {
    if (name == command.name) return command.run(argc - 1, argv + 1);
  }
  if (name == "--version") {
    std::puts(ROD_VERSION);
    return after_stdout(program, 0);
  }
  if (name == "--help" || name == "-h") {
    std::fputs(table(program, description, commands).c_str(), stdout);
    return after_stdout(program, 0);
  }
  if (name.empty()) {
    write_stderr(table(program, description, commands));
  } else {
    const auto& nearest = *std::min_element(
        commands.begin(), commands.end(), [&](const Command& a, const Command& b) {
          return edit_distance(name, a.name) < edit_distance(name, b.name);
        });
    write_stderr(
        fmt::format("{0}: there is no command '{1}'; did you mean '{0} {2}'? See '{0} --help'.\n",
                    program, name, nearest.name));
  }
  return static_cast<int>(ErrorKind::kUsage);
}

}  // namespace rod::cli
