// The layouts that recognise() knows. Each has its own file and a line in layout_table.cc.
#pragma once

#include <optional>
#include <span>

#include "dataset/layout.h"

namespace rod::dataset {

struct LayoutKind {
  const char* name;       // of --layout
  const char* looks_for;  // what it expects, for the message that nothing was recognised
  // Returns nothing if the tree does not have this layout and options.layout is "auto".
  std::optional<Dataset> (*recognise)(const Tree& tree, const LayoutOptions& options);
};

// Every layout, in the order in which they are tried.
std::span<const LayoutKind* const> layout_kinds();

// For layouts whose split lists are found by name and whose lines contain wildcards for the pair.
struct ListPattern {
  const char* split;
  const char* glob;  // matches the list's file name
};

struct ListedLayout {
  const char* name;                          // of --layout
  const char* title;                         // for the explanation
  std::span<const ListPattern> lists;        // by split name
  std::span<const ListPattern> small_lists;  // of --smallset; may be empty
  // names by label; empty: the first folders in the lists
  std::span<const char* const> classes;
};

// See LayoutKind::recognise and recognise().
std::optional<Dataset> recognise_listed(const ListedLayout& layout, const Tree& tree,
                                        const LayoutOptions& options);

}  // namespace rod::dataset
