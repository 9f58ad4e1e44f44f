// The option for how long reads of a drive are retried, shared by the commands that read from one.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>

namespace rod::tools {

// Adds --retry, whose default is the value of `time`.
CLI::Option* add_retry(CLI::App& app, std::chrono::seconds& time);

}  // namespace rod::tools
