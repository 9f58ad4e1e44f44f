// A program as a table of commands, like git's.
#pragma once

#include <span>
#include <string>

namespace rod::cli {

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
