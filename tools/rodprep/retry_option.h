// The option that says how long a drive is waited for, shared by the commands that read from one.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>

namespace rod::tools {

// Adds --retry; its default is what `time` holds.
CLI::Option* add_retry(CLI::App& app, std::chrono::seconds& time);

}  // namespace rod::tools
