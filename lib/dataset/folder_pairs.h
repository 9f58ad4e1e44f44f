// Pairs the RGB and depth images of a folder tree by the words in their paths.
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
  std::string_view rgb, depth;          // paths, owned by the tree; a single image is `rgb`
  std::shared_ptr<const Folders> dirs;  // of that path, without those that name a modality
  std::string_view stem;  // its name, without extension, modality and the names of folders
  std::string_view key;   // what the paths of both images have in common

  const Folders& folders() const {
    static const Folders kNone;
    return dirs ? *dirs : kNone;
  }
};

struct FolderPairs {
  std::vector<FolderPair> pairs;  // by key
  std::vector<std::pair<FolderPair, std::string>>
      unpaired;          // single images, and why each has no role
  std::string modality;  // how RGB and depth were distinguished
  bool has_depth = false;
  std::shared_ptr<TextPool> texts = std::make_shared<TextPool>();  // of stems and keys
};

// `images`: paths in the tree below `folder`, ascending. `folder` ends with `/` or is empty.
// `depth_alone`: all images except masks are depth. Throws BadInput if the paths can be interpreted
// in two ways (the message lists both), or if a word marks depth and there is no pair. Requires:
// the texts of `images` outlive the result.
FolderPairs pair_images(const Tree& tree, const std::string& folder,
                        const std::vector<std::string_view>& images, bool depth_alone = false);

Folders folders_of(std::string_view path);

// The folders of each path, without its first `from` characters. Consecutive paths in one folder
// share an entry of `all`.
struct PathFolders {
  PathFolders(const std::vector<std::string_view>& paths, std::size_t from);
  PathFolders(const PathFolders&) = delete;
  PathFolders& operator=(const PathFolders&) = delete;

  std::deque<Folders> all;
  std::vector<const Folders*> of;  // [paths]
};

// Returns the number of leading folders that all paths have in common. A few paths outside these
// folders are ignored.
std::size_t common_levels(const std::vector<const Folders*>& dirs);

// For images none of which is named like depth. Throws BadInput, with both interpretations and the
// options for each, if nearly every image has a partner whose path differs only in one word, and
// the two words are the same for all of them: `0_a.png` and `0_b.png`, `0.png` and `0_d.png`, or
// `rgb/0.png` and `disparity/0.png`. `folder`: as in pair_images(). `root`: the number of leading
// folders that all have in common.
void refuse_unknown_marks(const Tree& tree, const std::string& folder,
                          const std::vector<std::string_view>& images, std::size_t root);

}  // namespace rod::dataset
