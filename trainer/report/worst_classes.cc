#include "trainer/report/worst_classes.h"

#include <algorithm>
#include <span>

namespace rod::trainer {
namespace {

// Wrong answers to samples of `label`, evenly chosen: neighbours in a split are often views of one
// object.
std::vector<Mistake> some_mistakes(const Evaluation& evaluation, const shard::SplitReader& split,
                                   std::size_t label, std::size_t count) {
  std::vector<Mistake> all;
  for (std::uint64_t n = 0; n < evaluation.answers.size(); ++n) {
    const auto answer = static_cast<std::size_t>(evaluation.answers[n]);
    if (static_cast<std::size_t>(split.label(n)) == label && answer != label)
      all.push_back({n, answer});
  }
  if (all.size() <= count) return all;
  std::vector<Mistake> some;
  for (std::size_t i = 0; i < count; ++i) some.push_back(all[i * all.size() / count]);
  return some;
}

std::vector<std::pair<std::size_t, std::uint64_t>> wrong_answers(const Evaluation& evaluation,
                                                                 std::size_t label) {
  std::vector<std::pair<std::size_t, std::uint64_t>> answers;
  for (std::size_t answer = 0; answer < evaluation.confusion.size(); ++answer) {
    const std::uint64_t count = evaluation.confusion[label][answer];
    if (answer != label && count > 0) answers.emplace_back(answer, count);
  }
  std::stable_sort(answers.begin(), answers.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return answers;
}

// Means of squares of pixels. `pixels`: [height][width][3] u8.
Picture shrink(std::span<const std::byte> pixels, std::uint32_t height, std::uint32_t width) {
  const std::uint32_t factor =
      std::min({(std::max(height, width) + kThumbnailSide - 1) / kThumbnailSide, height, width});
  Picture small{width / factor, height / factor, ""};
  for (std::size_t y = 0; y < small.height; ++y) {
    for (std::size_t x = 0; x < small.width; ++x) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        std::uint32_t sum = factor * factor / 2;
        for (std::size_t i = 0; i < factor * factor; ++i) {
          const std::size_t from_y = y * factor + i / factor, from_x = x * factor + i % factor;
          sum += std::to_integer<std::uint32_t>(pixels[(from_y * width + from_x) * 3 + channel]);
        }
        small.rgb += static_cast<char>(sum / (factor * factor));
      }
    }
  }
  return small;
}

}  // namespace

std::vector<WorstClass> worst_classes(const Evaluation& evaluation, const shard::SplitReader& split,
                                      std::size_t classes, std::size_t mistakes) {
  std::vector<WorstClass> worst;
  for (std::size_t label = 0; label < evaluation.confusion.size(); ++label) {
    const auto accuracy = evaluation.accuracy(label);
    if (accuracy && *accuracy < 1) worst.push_back({label, *accuracy, {}, {}});
  }
  std::stable_sort(worst.begin(), worst.end(),
                   [](const auto& a, const auto& b) { return a.accuracy < b.accuracy; });
  worst.resize(std::min(worst.size(), classes));
  for (WorstClass& one : worst) {
    one.answers = wrong_answers(evaluation, one.label);
    one.mistakes = some_mistakes(evaluation, split, one.label, mistakes);
  }
  return worst;
}

Thumbnails read_thumbnails(const shard::SplitReader& split, std::uint64_t sample,
                           DepthInput depth_input) {
  const shard::PixelFormat& pixels = split.pixels();
  std::vector<std::byte> rgb(pixels.rgb_bytes()), depth(pixels.depth_bytes());
  shard::ReadScratch scratch;
  split.read(sample, rgb, depth, scratch);
  Thumbnails thumbnails;
  if (pixels.has_rgb()) thumbnails.rgb = shrink(rgb, pixels.height, pixels.width);
  if (pixels.depth == shard::DepthKind::kColour) {
    thumbnails.depth = shrink(depth, pixels.height, pixels.width);
  }
  if (pixels.depth == shard::DepthKind::kRaw16 && depth_input != DepthInput::kStored) {
    const torch::Tensor millimetres =
        torch::from_blob(depth.data(), {1, pixels.height, pixels.width}, torch::kInt16);
    const torch::Tensor colours = colour_depth(millimetres, depth_input).contiguous();
    const auto* const bytes = static_cast<const std::byte*>(colours.data_ptr());
    thumbnails.depth = shrink({bytes, bytes + colours.nbytes()}, pixels.height, pixels.width);
  }
  return thumbnails;
}

}  // namespace rod::trainer
