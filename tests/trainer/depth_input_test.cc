#include "trainer/input/depth_input.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "image/depth.h"

namespace rod::trainer {
namespace {

constexpr std::uint32_t kHeight = 23, kWidth = 31;

using Depth = std::function<std::uint16_t(std::uint32_t y, std::uint32_t x)>;

image::Image depth_image(const Depth& depth) {
  image::Image image(kHeight, kWidth, 1, 2);
  for (std::uint32_t y = 0; y < kHeight; ++y) {
    for (std::uint32_t x = 0; x < kWidth; ++x) image.u16()[y * kWidth + x] = depth(y, x);
  }
  return image;
}

// [1,H,W] i16
torch::Tensor as_tensor(image::Image& image) {
  return torch::from_blob(image.u16(), {1, kHeight, kWidth}, torch::kInt16).clone();
}

std::vector<std::pair<const char*, Depth>> scenes() {
  const auto noise = [](std::uint32_t y, std::uint32_t x) {
    return Random(1, y, x).below(1u << 16);
  };
  const auto slope = [](std::uint32_t y, std::uint32_t x) {
    return static_cast<std::uint16_t>(800 + 5 * x + 3 * y + (x > 15 ? 200 : 0));
  };
  const auto with = [=](const auto& is_missing) {
    return [=](std::uint32_t y, std::uint32_t x) {
      return is_missing(y, x) ? std::uint16_t{0} : slope(y, x);
    };
  };
  return {
      {"noise of all values",
       [=](std::uint32_t y, std::uint32_t x) { return static_cast<std::uint16_t>(noise(y, x)); }},
      {"a slope with an edge", slope},
      {"a flat wall", [](std::uint32_t, std::uint32_t) { return std::uint16_t{1000}; }},
      {"the farthest depth", [](std::uint32_t, std::uint32_t) { return std::uint16_t{65535}; }},
      {"scattered pixels missing",
       with([=](std::uint32_t y, std::uint32_t x) { return noise(y, x) % 3 == 0; })},
      {"most pixels missing",
       with([=](std::uint32_t y, std::uint32_t x) { return noise(y, x) % 20 != 0; })},
      {"a hole wider than the window",
       with([](std::uint32_t y, std::uint32_t x) { return y > 4 && y < 17 && x > 6 && x < 25; })},
      {"missing borders",
       with([](std::uint32_t y, std::uint32_t x) { return y < 7 || x < 3 || x > 24; })},
      {"one known pixel", with([](std::uint32_t y, std::uint32_t x) { return y != 20 || x != 2; })},
  };
}

TEST(DepthInput, MakesTheNormalsThatRodprepStores) {
  std::vector<torch::Tensor> depth, expected;
  for (const auto& [name, scene] : scenes()) {
    image::Image image = depth_image(scene);
    depth.push_back(as_tensor(image));
    auto normals = image::surface_normals(image, {}, std::nullopt);
    auto& stored = std::get<image::Image>(normals);
    expected.push_back(
        torch::from_blob(stored.u8(), {1, kHeight, kWidth, 3}, torch::kByte).clone());
    EXPECT_TRUE(colour_depth(depth.back(), DepthInput::kNormals).equal(expected.back())) << name;
  }
  EXPECT_TRUE(colour_depth(torch::cat(depth), DepthInput::kNormals).equal(torch::cat(expected)))
      << "each image of a batch by itself";
}

TEST(DepthInput, MakesLevelsAndColoursFromNearToFar) {
  for (const auto& [name, scene] : scenes()) {
    image::Image image = depth_image(scene);
    const torch::Tensor gray = colour_depth(as_tensor(image), DepthInput::kGray),
                        jet = colour_depth(as_tensor(image), DepthInput::kJet);
    image::Image filled = image::fill_missing_depth(image);
    const std::uint16_t* const first = filled.u16();
    const auto [nearest, farthest] = std::minmax_element(first, first + kHeight * kWidth);
    for (std::uint32_t n = 0; n < kHeight * kWidth; ++n) {
      const double range = *farthest - *nearest;
      const double level = range > 0 ? (first[n] - *nearest) / range : 0;
      // The points of MATLAB's jet: blue rises to the first eighth, and so on, here backwards.
      const auto ramp = [&](double from, double to, double until, double end) {
        const double at = 1 - level;
        const double value = at < to      ? (at - from) / (to - from)
                             : at < until ? 1
                                          : (end - at) / (end - until);
        return std::clamp(value, 0., 1.) * 255;
      };
      const double expected[] = {ramp(.375, .625, .875, 1.125), ramp(.125, .375, .625, .875),
                                 ramp(-.125, .125, .375, .625)};
      for (std::int64_t c = 0; c < 3; ++c) {
        ASSERT_NEAR(gray[0][n / kWidth][n % kWidth][c].item<double>(), 255 * level, .5 + 1e-9)
            << name;
        ASSERT_NEAR(jet[0][n / kWidth][n % kWidth][c].item<double>(), expected[c], .5 + 1e-9)
            << name;
      }
    }
  }
}

TEST(DepthInput, TakesAnImageWithoutDepthForAFlatOne) {
  image::Image none = depth_image([](std::uint32_t, std::uint32_t) { return std::uint16_t{0}; });
  const torch::Tensor normals = colour_depth(as_tensor(none), DepthInput::kNormals);
  EXPECT_TRUE(normals.select(3, 0).eq(128).all().item<bool>());
  EXPECT_TRUE(normals.select(3, 2).eq(255).all().item<bool>());
  EXPECT_TRUE(colour_depth(as_tensor(none), DepthInput::kGray).eq(0).all().item<bool>());
}

TEST(DepthInput, IsNormalsOf16BitsAndOtherwiseWhatIsStored) {
  const auto decided = [](const char* given, shard::DepthKind kind, const char* modality) {
    TrainConfig config;
    config.depth_input = given;
    config.modality = modality;
    return with_depth_input(config, {8, 8, kind}).depth_input;
  };
  EXPECT_EQ(decided("stored", shard::DepthKind::kRaw16, "rgbd"), "normals");
  EXPECT_EQ(decided("jet", shard::DepthKind::kRaw16, "depth"), "jet");
  EXPECT_EQ(decided("stored", shard::DepthKind::kRaw16, "rgb"), "stored");
  EXPECT_EQ(decided("stored", shard::DepthKind::kColour, "rgbd"), "stored");
  EXPECT_THROW(decided("jet", shard::DepthKind::kColour, "rgbd"), Error);
  EXPECT_THROW(decided("jet", shard::DepthKind::kRaw16, "rgb"), Error);
  EXPECT_THROW(decided("hha", shard::DepthKind::kRaw16, "rgbd"), Error);
}

}  // namespace
}  // namespace rod::trainer
