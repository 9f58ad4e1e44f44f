// Any text is a --config file, whose resolved form says the same again, or a CLI::Error, which is
// exit code 2.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command_line.h"

namespace {

// One option of each kind that the programs have.
struct Line {
  rod::cli::CommandLine line{"fuzz", "", ""};
  std::string text;
  std::vector<std::string> texts;
  std::uint64_t bytes = 0;
  std::chrono::seconds time{0};
  double number = 0;
  bool flag = false;

  Line() {
    CLI::App& app = line.app();
    app.add_option("--text", text)->check(CLI::IsMember({"zstd", "raw", "jpeg"}));
    app.add_option("--texts", texts)->allow_extra_args(false);
    app.add_option("--number", number)->check(CLI::Range(0.0, 1.0));
    app.add_flag("--flag", flag);
    rod::cli::add_size(app, "--bytes", bytes, "");
    rod::cli::add_duration(app, "--time", time, "");
  }

  std::string resolve(const std::string& toml) {
    std::istringstream input(toml);
    line.app().parse_from_stream(input);
    return line.resolved_toml();
  }

  // CLI11 (2.3) does not escape what it writes.
  bool plain() const {
    return std::all_of(texts.begin(), texts.end(), [](const std::string& word) {
      return !word.empty() && std::all_of(word.begin(), word.end(),
                                          [](unsigned char c) { return std::isalnum(c) != 0; });
    });
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string toml(reinterpret_cast<const char*>(data), size);
  try {
    Line first;
    const std::string once = first.resolve(toml);
    if (first.plain() && Line().resolve(once) != once) std::abort();
  } catch (const CLI::Error&) {
  }
  return 0;
}
