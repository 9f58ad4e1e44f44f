// Which level of folders names the split, and which the class.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "dataset/folder_pairs.h"

namespace rod::dataset {

struct FolderStructure {
  std::vector<std::size_t> splits;  // levels that name the split, joined by `-`; none: one split
  std::size_t class_level = 0;
  bool split_in_name = false;      // the split is the first or last word of the file's name
  std::string only_split = "all";  // where there are no levels for it

  // "split/class", "*/class", …: as LayoutOptions::structure.
  std::string text() const;

  // Nothing where the image lies in no such folder.
  std::optional<std::string> class_of(const FolderPair& pair) const;
  std::optional<std::string> split_of(const FolderPair& pair) const;
};

// Throws Error(kUsage) for anything but `split`, `class` and `*` between slashes, with one `class`.
FolderStructure parse_structure(const std::string& text);

// `splits_given`: no folder names a split, as the command line gives them. Levels that all images
// share name nothing. Throws BadInput with every reading where there are several.
FolderStructure find_structure(const Tree& tree, const std::vector<const FolderPair*>& images,
                               bool splits_given);

}  // namespace rod::dataset
