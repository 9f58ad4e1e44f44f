// Layouts whose splits are lists found by name, of lines with wildcards for the pair.
#pragma once

#include <optional>
#include <span>

#include "dataset/layout.h"

namespace rod::dataset {

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
