// The options that say what SOURCE is, shared by the commands that read one.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "dataset/layout.h"

namespace rod::tools {

// Adds --layout, --split, --smallset, --rgb-pattern, --depth-pattern, --structure and
// --ignore-label.
class LayoutFlags {
 public:
  explicit LayoutFlags(CLI::App& app);

  // They make no sense without `other`: an error of usage.
  void only_with(CLI::Option* other);

  // What they say, after parsing. Errors: kUsage for a --split that is not NAME=LIST.
  dataset::LayoutOptions options() const;

 private:
  dataset::LayoutOptions options_;
  std::vector<std::string> splits_;
  std::vector<CLI::Option*> flags_;
};

}  // namespace rod::tools
