// The layouts that recognise() knows: a file and a line of layout_table.cc each.
#pragma once

#include <optional>
#include <span>

#include "dataset/layout.h"

namespace rod::dataset {

struct LayoutKind {
  const char* name;       // of --layout
  const char* looks_for;  // for the message that nothing was recognised
  // Nothing when the tree isn't of this layout and options.layout is "auto".
  std::optional<Dataset> (*recognise)(const Tree& tree, const LayoutOptions& options);
};

// In the order in which a tree is compared with them.
std::span<const LayoutKind* const> layout_kinds();

}  // namespace rod::dataset
