// Options shared by several commands: the layout of SOURCE, and how long reads are retried.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "dataset/layout.h"

namespace rod::tools {

// Adds --layout, --split, --smallset, --rgb-pattern, --depth-pattern, --structure and
// --ignore-label.
class LayoutFlags {
 public:
  explicit LayoutFlags(CLI::App& app);

  // Makes using these options without `other` a usage error.
  void only_with(CLI::Option* other);

  // Returns the parsed options. Throws Error(kUsage) for a --split that is not NAME=LIST.
  dataset::LayoutOptions options() const;

 private:
  dataset::LayoutOptions options_;
  std::vector<std::string> splits_;
  std::vector<CLI::Option*> flags_;
};

// Adds --retry, for commands that read from a drive. Its default is the value of `time`.
CLI::Option* add_retry(CLI::App& app, std::chrono::seconds& time);

}  // namespace rod::tools
