// Locates the images of a split list in a tree.
#pragma once

#include <span>
#include <string>

#include "dataset/split_list.h"
#include "dataset/tree.h"

namespace rod::dataset {

// ROD's modality folders, which its lists of 2022 omit. (Written in two parts, because `?` `?` `-`
// is a trigraph.)
inline constexpr const char* kRodFolders2022 =
    "???"
    "-washington/";
inline constexpr const char* kRodFolders2020 =
    "ROD_???"
    "/";

struct ListLocation {
  std::string folder;  // of the tree; all images are below it: "ROD-synROD/ROD/"
  // prefix of each line's path: kRodFolders2022, kRodFolders2020 or ""
  std::string modality;
  PairForm form = PairForm::kName;
  unsigned found = 0;  // probed lines whose images exist; 0: not a list of this tree

  PairPath pair(const ListedSample& sample) const {
    return pair_path(folder + modality + sample.path, form);
  }
};

// Probes a few lines spread over the list: first below `folder` ("" is the tree's root), then below
// every upper folder of the tree. Lines without `???` are also tried below ROD's modality folders.
// Throws BadInput naming a line without `***`. Requires: samples is not empty.
ListLocation locate_list(const Tree& tree, const std::string& folder, const std::string& list_name,
                         std::span<const ListedSample> samples);

// Probes some of `paths` and returns the folder below which most of them are files of the tree:
// `folder` if any is found there, otherwise an upper folder of the tree; `folder` if none is found
// anywhere.
std::string locate_paths(const Tree& tree, const std::string& folder,
                         std::span<const std::string> paths);

}  // namespace rod::dataset
