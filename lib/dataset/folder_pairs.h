// Images of folders to pairs of RGB and depth, by the words in their paths.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataset/layout.h"
#include "dataset/tree.h"

namespace rod::dataset {

struct FolderPair {
  std::string rgb, depth;         // paths in the tree; an image that is alone is `rgb`
  std::vector<std::string> dirs;  // of that image, without folders that name a modality
  std::string stem;               // its name, without extension, modality and the folders' names
  std::string key;                // what both images have in common
};

struct FolderPairs {
  std::vector<FolderPair> pairs;  // by key
  std::vector<std::pair<FolderPair, std::string>>
      unpaired;          // of a single image, and why it has no role
  std::string modality;  // how RGB was told from depth
  bool has_depth = false;
  bool depth_alone = false;  // the images, all of them alone, are depth
};

// `images`: paths in the tree below `folder`, which ends with `/` or is empty. Images that are
// all named like depth are depth alone. Throws BadInput with the readings where there are two, and
// where a word says depth and there is no pair.
FolderPairs pair_images(const Tree& tree, const std::string& folder,
                        const std::vector<std::string>& images);

// "a", "b" of "a/b/c.png".
std::vector<std::string> folders_of(std::string_view path);

// The number of upper folders that all of these have in common; few that lie beside those folders
// don't count.
std::size_t common_levels(const std::vector<const std::vector<std::string>*>& dirs);

// For images of which none is named like depth. Throws BadInput with both readings and the flags
// for each where nearly every image has a partner whose path differs in one word alone, the same
// two words in all of them: `0_a.png` and `0_b.png`, `0.png` and `0_d.png`, or `rgb/0.png` and
// `disparity/0.png`. `folder`: as pair_images(). `root`: upper folders that all have in common.
void refuse_unknown_marks(const Tree& tree, const std::string& folder,
                          const std::vector<std::string>& images, std::size_t root);

}  // namespace rod::dataset
