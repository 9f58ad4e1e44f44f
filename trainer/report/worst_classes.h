// The classes with the lowest accuracy, and some of their misclassified pairs.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "shard/split_reader.h"
#include "trainer/learning/evaluate.h"
#include "trainer/pictures/png.h"

namespace rod::trainer {

struct Mistake {
  std::uint64_t sample;  // number within the split
  std::size_t answer;
};

struct WorstClass {
  std::size_t label;
  double accuracy;  // in 0-1
  std::vector<std::pair<std::size_t, std::uint64_t>>
      answers;                    // the wrong ones, most frequent first: which, how often
  std::vector<Mistake> mistakes;  // some, spread evenly over all mistakes
};

// Returns at most `classes` classes, worst first, with at most `mistakes` mistakes each. Classes
// without mistakes are left out.
std::vector<WorstClass> worst_classes(const Evaluation& evaluation, const shard::SplitReader& split,
                                      std::size_t classes, std::size_t mistakes);

struct Thumbnails {
  Picture rgb, depth;
};

// Returns pictures of at most kThumbnailSide pixels per side; a picture is empty if there is no
// such image, and that of 16-bit depth unless `depth_input` says how to colour it. Throws what
// SplitReader::read() throws.
inline constexpr std::uint32_t kThumbnailSide = 96;
Thumbnails read_thumbnails(const shard::SplitReader& split, std::uint64_t sample,
                           DepthInput depth_input = DepthInput::kStored);

}  // namespace rod::trainer
