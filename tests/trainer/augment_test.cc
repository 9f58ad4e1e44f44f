#include "trainer/input/augment.h"

#include <gtest/gtest.h>

#include <set>

namespace rod::trainer {
namespace {

constexpr std::int64_t kSize = 28, kBase = 32;  // resize_base(28)
constexpr double kMean[] = {.485, .456, .406}, kStd[] = {.229, .224, .225};

torch::Tensor random_images(std::int64_t batch, std::int64_t height, std::int64_t width) {
  torch::manual_seed(7);
  return torch::randint(256, {batch, height, width, 3}, torch::kByte);
}

torch::Tensor row(std::vector<std::int64_t> values) {
  return torch::tensor(values, torch::kLong).view({1, 5});
}

// What `transform` promises, one library call after another.
torch::Tensor step_by_step(const torch::Tensor& image, const torch::Tensor& augment, int k_column) {
  const auto draw = augment.accessor<std::int64_t, 2>()[0];
  torch::Tensor x = image.select(0, 0).permute({2, 0, 1}).to(torch::kDouble) / 255;
  x = x.slice(1, draw[0], draw[0] + kSize).slice(2, draw[1], draw[1] + kSize);
  if (draw[2]) x = x.flip(2);
  x = torch::rot90(x, draw[k_column], {1, 2});
  x = (x - torch::tensor(at::ArrayRef<double>(kMean)).view({3, 1, 1})) /
      torch::tensor(at::ArrayRef<double>(kStd)).view({3, 1, 1});
  return x.unsqueeze(0).to(torch::kFloat);
}

TEST(ResizeBase, IsEightSeventhsOfTheImageSize) {
  EXPECT_EQ(resize_base(224), 256);
  EXPECT_EQ(resize_base(64), 73);
  EXPECT_EQ(resize_base(28), 32);
  EXPECT_EQ(resize_base(24), 27);
}

TEST(DrawAugmentation, DependsOnItsPlaceAlone) {
  const torch::Tensor all = draw_augmentation(1, 2, 3, 100, 50, 32, 4);
  const torch::Tensor part = draw_augmentation(1, 2, 3, 120, 10, 32, 4);
  EXPECT_TRUE(all.slice(0, 20, 30).equal(part));
}

TEST(DrawAugmentation, DiffersWithSeedStreamAndEpoch) {
  const torch::Tensor first = draw_augmentation(1, 2, 3, 0, 50, 32, 4);
  EXPECT_FALSE(first.equal(draw_augmentation(9, 2, 3, 0, 50, 32, 4)));
  EXPECT_FALSE(first.equal(draw_augmentation(1, 9, 3, 0, 50, 32, 4)));
  EXPECT_FALSE(first.equal(draw_augmentation(1, 2, 9, 0, 50, 32, 4)));
}

TEST(DrawAugmentation, IsUniformOverEveryValueEndsIncluded) {
  constexpr std::int64_t kDraws = 66000, kMargin = 32;
  const torch::Tensor draws = draw_augmentation(1, 0, 0, 0, kDraws, kMargin, 4);
  const std::int64_t values[] = {kMargin + 1, kMargin + 1, 2, 4, 4};
  for (int column = 0; column < 5; ++column) {
    const torch::Tensor counts = draws.select(1, column).bincount({}, values[column]);
    ASSERT_EQ(counts.size(0), values[column]) << "column " << column;
    const double expected = static_cast<double>(kDraws) / static_cast<double>(values[column]);
    const double chi2 = ((counts - expected).pow(2) / expected).sum().item<double>();
    const auto freedom = static_cast<double>(values[column] - 1);
    EXPECT_LT(chi2, freedom + 5 * std::sqrt(2 * freedom)) << "column " << column;
  }
}

TEST(DrawAugmentation, TurnsTheTwoModalitiesIndependently) {
  const torch::Tensor draws = draw_augmentation(1, 0, 0, 0, 16000, 32, 4);
  const torch::Tensor pairs = (draws.select(1, 3) * 4 + draws.select(1, 4)).bincount({}, 16);
  EXPECT_GT(pairs.min().item<std::int64_t>(), 850);
  EXPECT_LT(pairs.max().item<std::int64_t>(), 1150);
}

TEST(DrawAugmentation, CropsAlikeWithAndWithoutTurns) {
  const torch::Tensor turned = draw_augmentation(1, 2, 3, 0, 50, 32, 4);
  const torch::Tensor straight = draw_augmentation(1, 2, 3, 0, 50, 32, 1);
  EXPECT_TRUE(turned.slice(1, 0, 3).equal(straight.slice(1, 0, 3)));
  EXPECT_EQ(straight.slice(1, 3, 5).abs().sum().item<std::int64_t>(), 0);
}

TEST(CenterAugmentation, RoundsHalvesToEvenAsTorchvisionDoes) {
  EXPECT_TRUE(center_augmentation(1, 32).equal(row({16, 16, 0, 0, 0})));
  EXPECT_TRUE(center_augmentation(1, 9).equal(row({4, 4, 0, 0, 0})));
  EXPECT_TRUE(center_augmentation(1, 7).equal(row({4, 4, 0, 0, 0})));
}

TEST(RelativeRotation, IsTheDifferenceModuloFour) {
  const torch::Tensor augment = torch::zeros({3, 5}, torch::kLong);
  augment[0][3] = 3;
  augment[1][4] = 3;
  augment[2][3] = augment[2][4] = 2;
  EXPECT_TRUE(relative_rotation(augment, 4).equal(torch::tensor({3, 1, 0}, torch::kLong)));
}

TEST(Transform, EqualsCropFlipTurnNormaliseForEveryFlipAndTurn) {
  const torch::Tensor image = random_images(1, kBase, kBase);
  for (std::int64_t flip = 0; flip < 2; ++flip) {
    for (std::int64_t k = 0; k < 4; ++k) {
      const torch::Tensor augment = row({1, 3, flip, k, (k + 1) % 4});
      const torch::Tensor rgb = transform(image, augment, Modality::kRgb, kSize);
      const torch::Tensor depth = transform(image, augment, Modality::kDepth, kSize);
      EXPECT_TRUE(rgb.allclose(step_by_step(image, augment, 3), 0, 1e-6)) << flip << k;
      EXPECT_TRUE(depth.allclose(step_by_step(image, augment, 4), 0, 1e-6)) << flip << k;
    }
  }
}

TEST(Transform, TreatsEachSampleByItsOwnDraw) {
  const torch::Tensor images = random_images(8, kBase, kBase);
  const torch::Tensor augment = draw_augmentation(1, 0, 0, 0, 8, kBase - kSize, 4);
  const torch::Tensor all = transform(images, augment, Modality::kRgb, kSize);
  ASSERT_EQ(all.sizes(), (std::vector<std::int64_t>{8, 3, kSize, kSize}));
  for (std::int64_t b = 0; b < 8; ++b) {
    EXPECT_TRUE(
        all.slice(0, b, b + 1)
            .allclose(step_by_step(images.slice(0, b, b + 1), augment.slice(0, b, b + 1), 3), 0,
                      1e-6));
  }
}

TEST(Transform, ReachesEveryCornerOfTheImage) {
  for (const std::int64_t top : {0, 4}) {
    for (const std::int64_t left : {0, 4}) {
      const torch::Tensor image = random_images(1, kBase, kBase),
                          augment = row({top, left, 1, 3, 0});
      EXPECT_TRUE(transform(image, augment, Modality::kRgb, kSize)
                      .allclose(step_by_step(image, augment, 3), 0, 1e-6));
    }
  }
}

// Pillow's bilinear: a triangle that widens when it shrinks, rows before columns, 8 bits in
// between.
torch::Tensor pillow_resize(const torch::Tensor& image, std::int64_t side) {
  const auto pass = [](const torch::Tensor& x, std::int64_t side) {  // along dimension 1 of [H,W,3]
    const double scale = static_cast<double>(x.size(1)) / static_cast<double>(side);
    const double support = std::max(scale, 1.);
    const torch::Tensor out = torch::zeros({x.size(0), side, 3}, torch::kDouble);
    for (std::int64_t i = 0; i < side; ++i) {
      const double center = (static_cast<double>(i) + .5) * scale;
      double total = 0;
      torch::Tensor sum = torch::zeros({x.size(0), 3}, torch::kDouble);
      for (std::int64_t j = 0; j < x.size(1); ++j) {
        const double weight = 1 - std::abs((static_cast<double>(j) + .5 - center) / support);
        if (weight <= 0) continue;
        total += weight;
        sum += x.select(1, j) * weight;
      }
      out.select(1, i).copy_(sum / total);
    }
    return (out + .5).floor().clamp(0, 255);
  };
  return pass(pass(image.to(torch::kDouble), side).transpose(0, 1), side).transpose(0, 1);
}

TEST(Transform, ResizesAsPillowDoesWithinOneLevel) {
  const torch::Tensor augment = row({0, 0, 0, 0, 0});
  for (const auto& [height, width] : {std::pair{64, 64}, {41, 77}, {20, 20}, {32, 90}}) {
    const torch::Tensor image = random_images(1, height, width);
    const torch::Tensor resized = pillow_resize(image[0], kBase).to(torch::kByte).unsqueeze(0);
    const torch::Tensor difference = transform(image, augment, Modality::kRgb, kSize) -
                                     transform(resized, augment, Modality::kRgb, kSize);
    EXPECT_LE(difference.abs().max().item<float>(), 1.01 / 255 / .224) << height << "x" << width;
    EXPECT_LE((difference.abs() > 1e-6).to(torch::kFloat).mean().item<float>(), 1e-2)
        << height << "x" << width;
  }
}

}  // namespace
}  // namespace rod::trainer
