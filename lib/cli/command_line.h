// Common behaviour of all commands: shared options, spelling of options, reporting of errors; and a
// program as a table of commands.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace rod::cli {

struct CommonOptions {
  bool json = false;   // one JSON object on stdout, nothing else
  bool quiet = false;  // no progress on stderr
  unsigned jobs = 0;   // threads; 0: every core that this process may use
};

// Parses and runs one command. Example:
//
//   CommandLine line("rodprep info", "Describes a data set.", "rodprep info /content/shards");
//   std::string dataset;
//   line.app().add_option("DATASET", dataset, "data set folder")->required();
//   return line.run(argc, argv, [&](nlohmann::ordered_json& report) { …; return 0; });
//
// Adds --help (with the examples), --version, --json, --quiet, --jobs (see without_jobs()) and
// --config FILE.toml. Numbers must be finite and not negative.
// `--batch_size` is `--batch-size`, on the command line and in the file; an unknown name is an
// error.
class CommandLine {
 public:
  // `examples`: one command per line.
  CommandLine(const std::string& name, const std::string& description, const std::string& examples);

  CLI::App& app() { return app_; }

  // For a command that works on one thread: removes --jobs, so that it is an error rather than
  // without effect.
  void without_jobs() { app_.remove_option(app_.get_option("--jobs")); }

  const CommonOptions& common() const { return common_; }

  // Parses the command line, installs the stop handlers and calls `body`. Returns body's exit code,
  // or that of the error it threw; the error's message goes to stderr, and with --json also to
  // stdout as {"error": …, "exit_code": …}. With --json, prints `report` on one or more lines; a
  // body that prints its own lines sets it to null, and then an error is one line too. Call from
  // main() only.
  int run(int argc, char** argv, const std::function<int(nlohmann::ordered_json& report)>& body);

  // Every option with its resolved value, as TOML.
  std::string resolved_toml() const;

 private:
  CLI::App app_;
  CommonOptions common_;
};

// Returns `code`; or kFailed, after a message on stderr, if `code` is 0 but standard output could
// not be written completely.
int after_stdout(const std::string& program, int code);

// --allow-redirects, --endpoint and --region: for what is read from an address.
void add_address_options(CLI::App& app, bool& allow_redirects, std::string& endpoint,
                         std::string& region);

// An option that is a size ("256MiB") or a duration ("11h30m").
CLI::Option* add_size(CLI::App& app, const std::string& names, std::uint64_t& bytes,
                      const std::string& description);
CLI::Option* add_duration(CLI::App& app, const std::string& names, std::chrono::seconds& time,
                          const std::string& description);
CLI::Option* add_duration(CLI::App& app, const std::string& names, double& seconds,
                          const std::string& description);

struct Command {
  const char* name;
  const char* summary;                // one line
  int (*run)(int argc, char** argv);  // argv[0] is the command's name; returns the exit code
};

// Runs the command that argv[1] names. Without one, or with --help, prints the table;
// an unknown name is a usage error that suggests the nearest.
int run_command(const std::string& program, const std::string& description,
                std::span<const Command> commands, int argc, char** argv);

}  // namespace rod::cli
