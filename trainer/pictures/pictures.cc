#include "trainer/pictures/pictures.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "trainer/input/augment.h"

namespace rod::trainer {
namespace {

constexpr std::int64_t kPairs = 6, kPairSide = 112, kGap = 4;
constexpr std::uint32_t kMatrixSide = 480;

struct Colour {
  std::uint8_t red, green, blue;
};

constexpr Colour kNothing{247, 249, 251}, kCorrect{21, 88, 153}, kWrong{200, 50, 40};

// [kPairs or fewer,S,S,3] u8, CPU; S is kPairSide at most.
torch::Tensor shown_images(const torch::Tensor& inputs) {
  torch::Tensor some = inputs.slice(0, 0, kPairs);
  if (some.size(3) > kPairSide) some = torch::adaptive_avg_pool2d(some, {kPairSide, kPairSide});
  return to_pixels(some).to(torch::kCPU);
}

// Of a cell. `share`: of the label's samples, in 0-1, with this answer; `right`: whether the answer
// is correct.
Colour confusion_colour(double share, bool right) {
  const double strength = std::pow(share, 0.7);  // a few mistakes are to be seen, too
  const auto mix = [&](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + (to - from) * strength));
  };
  const Colour full = right ? kCorrect : kWrong;
  return {mix(kNothing.red, full.red), mix(kNothing.green, full.green),
          mix(kNothing.blue, full.blue)};
}

}  // namespace

Picture batch_picture(const Minibatch& minibatch) {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> rows;
  for (const torch::Tensor& inputs : {minibatch.rgb, minibatch.depth}) {
    if (inputs.defined()) rows.push_back(shown_images(inputs));
  }
  const auto height = static_cast<std::int64_t>(rows.size());
  const std::int64_t pairs = rows.at(0).size(0), side = rows[0].size(1), pitch = side + kGap;
  const torch::Tensor canvas =
      torch::full({height * pitch - kGap, pairs * pitch - kGap, 3}, 255, torch::kByte);
  for (std::int64_t row = 0; row < height; ++row) {
    for (std::int64_t pair = 0; pair < pairs; ++pair) {
      canvas.narrow(0, row * pitch, side)
          .narrow(1, pair * pitch, side)
          .copy_(rows[static_cast<std::size_t>(row)][pair]);
    }
  }
  return {static_cast<std::uint32_t>(canvas.size(1)), static_cast<std::uint32_t>(canvas.size(0)),
          std::string(reinterpret_cast<const char*>(canvas.data_ptr<std::uint8_t>()),
                      static_cast<std::size_t>(canvas.numel()))};
}

Picture confusion_picture(const Confusion& confusion) {
  const auto classes = static_cast<std::uint32_t>(confusion.size());
  const std::uint32_t cell = std::max(2u, kMatrixSide / classes), side = cell * classes;
  Picture picture{side, side, std::string(std::size_t{side} * side * 3, '\xE2')};
  for (std::uint32_t label = 0; label < classes; ++label) {
    const auto samples =
        double(std::accumulate(confusion[label].begin(), confusion[label].end(), std::uint64_t{0}));
    for (std::uint32_t answer = 0; answer < classes; ++answer) {
      const double share = samples == 0 ? 0 : double(confusion[label][answer]) / samples;
      const Colour colour = confusion_colour(share, label == answer);
      for (std::uint32_t y = label * cell; y < (label + 1) * cell - 1; ++y) {
        char* pixel = picture.rgb.data() + (std::size_t{y} * side + answer * cell) * 3;
        for (std::uint32_t x = 0; x < cell - 1; ++x) {
          for (const std::uint8_t value : {colour.red, colour.green, colour.blue})
            *pixel++ = static_cast<char>(value);
        }
      }
    }
  }
  return picture;
}

}  // namespace rod::trainer
