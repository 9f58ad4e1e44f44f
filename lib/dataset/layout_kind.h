// The layouts that recognise() knows: one table line and one file each.
#pragma once

#include <optional>

#include "dataset/layout.h"

namespace rod::dataset {

struct LayoutKind {
  const char* name;       // of --layout
  const char* looks_for;  // for the message that nothing was recognised
  // Nothing when the tree isn't of this layout and options.layout is "auto".
  std::optional<Dataset> (*recognise)(const Tree& tree, const LayoutOptions& options);
};

std::optional<Dataset> recognise_rod_synrod(const Tree& tree, const LayoutOptions& options);
std::optional<Dataset> recognise_hb(const Tree& tree, const LayoutOptions& options);
std::optional<Dataset> recognise_list(const Tree& tree, const LayoutOptions& options);
std::optional<Dataset> recognise_folders(const Tree& tree, const LayoutOptions& options);

}  // namespace rod::dataset
