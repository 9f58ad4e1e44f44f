// Which folder level names the split, and which the class.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "dataset/folder_pairs.h"

namespace rod::dataset {

struct FolderStructure {
  std::vector<std::size_t> splits;  // levels that name the split, joined by `-`; empty: one split
  std::size_t class_level = 0;
  bool split_in_name = false;      // the split is the first or last word of the file's name
  std::string only_split = "all";  // if no level names it

  // Returns it as in LayoutOptions::structure: "split/class", "*/class", ….
  std::string text() const;

  // Return nothing if the image is in no such folder.
  std::optional<std::string> class_of(const FolderPair& pair) const;
  std::optional<std::string> split_of(const FolderPair& pair) const;
};

// Parses text(). Throws Error(kUsage) unless it consists of `split`, `class` and `*`, separated by
// slashes, with exactly one `class`.
FolderStructure parse_structure(const std::string& text);

// Infers the structure. `splits_given`: the command line names the splits, so no folder does.
// Levels that all images share name nothing. Throws BadInput, listing all interpretations, if there
// are several.
FolderStructure find_structure(const Tree& tree, const std::vector<const FolderPair*>& images,
                               bool splits_given);

}  // namespace rod::dataset
