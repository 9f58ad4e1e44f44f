// The options for the layout of SOURCE, shared by the commands that read one.
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

  // Makes using these options without `other` a usage error.
  void only_with(CLI::Option* other);

  // Returns the parsed options. Throws Error(kUsage) for a --split that is not NAME=LIST.
  dataset::LayoutOptions options() const;

 private:
  dataset::LayoutOptions options_;
  std::vector<std::string> splits_;
  std::vector<CLI::Option*> flags_;
};

}  // namespace rod::tools
