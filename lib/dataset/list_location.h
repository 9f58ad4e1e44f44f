// Where the images of a split list lie in a tree.
#pragma once

#include <span>
#include <string>

#include "dataset/split_list.h"
#include "dataset/tree.h"

namespace rod::dataset {

// ROD's modality folders, which its lists of 2022 leave out. (In two parts each: `?` `?` `-` is a
// trigraph.)
inline constexpr const char* kRodFolders2022 =
    "???"
    "-washington/";
inline constexpr const char* kRodFolders2020 =
    "ROD_???"
    "/";

struct ListLocation {
  std::string folder;  // of the tree, below which all images lie: "ROD-synROD/ROD/"
  // to put before each line's path: kRodFolders2022, kRodFolders2020 or nothing
  std::string modality;
  PairForm form = PairForm::kName;
  unsigned found = 0;  // probed lines whose images are there; 0: this is no list of this tree

  PairPath pair(const ListedSample& sample) const {
    return pair_path(folder + modality + sample.path, form);
  }
};

// Probes a few lines spread over the list: first below `folder` ("" is the tree's root), then below
// every upper folder of the tree. Lines that don't write `???` are also tried below ROD's modality
// folders. Requires: samples is not empty. Throws BadInput naming a line without `***`.
ListLocation locate_list(const Tree& tree, const std::string& folder, const std::string& list_name,
                         std::span<const ListedSample> samples);

// The folder below which most of some probed `paths` are files of the tree: `folder` if any is
// there, or else an upper folder of the tree; `folder` where none is anywhere.
std::string locate_paths(const Tree& tree, const std::string& folder,
                         std::span<const std::string> paths);

}  // namespace rod::dataset
