// Images of folders to pairs of RGB and depth, by the words in their paths.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text_pool.h"
#include "dataset/layout.h"
#include "dataset/tree.h"

namespace rod::dataset {

using Folders = std::vector<std::string>;  // "a", "b" of "a/b/c.png"

struct FolderPair {
  std::string_view rgb, depth;          // paths, the tree's texts; an image that is alone is `rgb`
  std::shared_ptr<const Folders> dirs;  // of that image, without those that name a modality
  std::string_view stem;  // its name, without extension, modality and the folders' names
  std::string_view key;   // what both images have in common

  const Folders& folders() const {
    static const Folders kNone;
    return dirs ? *dirs : kNone;
  }
};

struct FolderPairs {
  std::vector<FolderPair> pairs;  // by key
  std::vector<std::pair<FolderPair, std::string>>
      unpaired;          // of a single image, and why it has no role
  std::string modality;  // how RGB was told from depth
  bool has_depth = false;
  std::shared_ptr<TextPool> texts = std::make_shared<TextPool>();  // of stems and keys
};

// `images`: paths in the tree below `folder`, ascending; texts that outlive the result. `folder`
// ends with `/` or is empty. `depth_alone`: all but masks are depth. Throws BadInput with the
// readings where there are two, and where a word says depth and there is no pair.
FolderPairs pair_images(const Tree& tree, const std::string& folder,
                        const std::vector<std::string_view>& images, bool depth_alone = false);

Folders folders_of(std::string_view path);

// The folders of each of some paths, behind its first `from` characters. Neighbours in one folder
// share theirs.
struct PathFolders {
  PathFolders(const std::vector<std::string_view>& paths, std::size_t from);
  PathFolders(const PathFolders&) = delete;
  PathFolders& operator=(const PathFolders&) = delete;

  std::deque<Folders> all;
  std::vector<const Folders*> of;  // [paths]
};

// The number of upper folders that all of these have in common; few that lie beside those folders
// don't count.
std::size_t common_levels(const std::vector<const Folders*>& dirs);

// For images of which none is named like depth. Throws BadInput with both readings and the flags
// for each where nearly every image has a partner whose path differs in one word alone, the same
// two words in all of them: `0_a.png` and `0_b.png`, `0.png` and `0_d.png`, or `rgb/0.png` and
// `disparity/0.png`. `folder`: as pair_images(). `root`: upper folders that all have in common.
void refuse_unknown_marks(const Tree& tree, const std::string& folder,
                          const std::vector<std::string_view>& images, std::size_t root);

}  // namespace rod::dataset
