// Names that come twice, with two marks that are no known words: RGB and depth, perhaps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dataset/tree.h"

namespace rod::dataset {

// For images of which none is named like depth. Throws BadInput with both readings and the flags
// for each where nearly every image has a partner whose path differs in one word alone, the same
// two words in all of them: `0_a.png` and `0_b.png`, `0.png` and `0_d.png`, or `rgb/0.png` and
// `disparity/0.png`. `folder`: as pair_images(). `root`: upper folders that all have in common.
void refuse_unknown_marks(const Tree& tree, const std::string& folder,
                          const std::vector<std::string_view>& images, std::size_t root);

}  // namespace rod::dataset
