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

// For layouts whose splits are lists found by name, of lines with wildcards for the pair.
struct ListPattern {
  const char* split;
  const char* glob;  // over the list's file name
};

struct ListedLayout {
  const char* name;                          // of --layout
  const char* title;                         // for the explanation
  std::span<const ListPattern> lists;        // by split name
  std::span<const ListPattern> small_lists;  // of --smallset; may be empty
  // known names by label; where empty, the lists' first folders
  std::span<const char* const> classes;
};

// See LayoutKind::recognise and recognise().
std::optional<Dataset> recognise_listed(const ListedLayout& layout, const Tree& tree,
                                        const LayoutOptions& options);

}  // namespace rod::dataset
