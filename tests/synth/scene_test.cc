#include "synth/scene.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dataset/class_names.h"
#include "synth/render.h"

namespace rod::synth {
namespace {

constexpr std::uint32_t kSize = 48;

Vector3 pixel(const image::Image& image, std::size_t i) {
  const std::uint8_t* p = image.u8() + 3 * i;
  return {static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2])};
}

bool same(Vector3 a, Vector3 b) {
  return a.x == b.x && a.y == b.y && a.z == b.z;
}

TEST(SourceScene, ShowsEveryClassLargeAndWhole) {
  for (std::uint32_t label = 0; label < dataset::kClassNames.size(); ++label) {
    SCOPED_TRACE(dataset::kClassNames[label]);
    const Frame frame = render(source_scene({1, label, 0, label}), kSize);
    std::size_t seen = 0, at_border = 0;
    for (std::size_t i = 0; i < frame.object.size(); ++i) {
      const std::size_t x = i % kSize, y = i / kSize;
      seen += frame.object[i];
      at_border += frame.object[i] && (x == 0 || y == 0 || x + 1 == kSize || y + 1 == kSize);
    }
    EXPECT_GT(seen, kSize * kSize / 40u);
    EXPECT_EQ(at_border, 0u);
  }
}

TEST(SourceScene, ColoursDepthAndNormalsShowTheSameSilhouette) {
  for (std::uint32_t label = 0; label < dataset::kClassNames.size(); ++label) {
    SCOPED_TRACE(dataset::kClassNames[label]);
    const Frame frame = render(source_scene({3, label, 1, label}), kSize);
    const auto [rgb, normals] = exact_pair(frame);
    const Vector3 background = pixel(rgb, 0);
    std::size_t seen = 0, like_background = 0, like_screen = 0;
    for (std::size_t i = 0; i < frame.object.size(); ++i) {
      EXPECT_EQ(frame.object[i] != 0, frame.depth[i] > 0);
      if (frame.object[i]) {
        ++seen;
        like_background += same(pixel(rgb, i), background);
        like_screen += same(pixel(normals, i), {128, 128, 255});
      } else {
        EXPECT_TRUE(same(pixel(rgb, i), background));
        EXPECT_TRUE(same(pixel(normals, i), {128, 128, 255}));
      }
    }
    EXPECT_LE(like_background, seen / 50);
    EXPECT_LE(like_screen, seen / 50);
  }
}

TEST(SourceScene, NormalsFaceTheViewerAndFollowTheDepth) {
  const Scene scene = source_scene({1, 32, 0, 5});  // an orange: smooth
  const Frame frame = render(scene, kSize);
  int compared = 0;
  for (std::size_t i = kSize + 1; i + kSize + 1 < frame.depth.size(); ++i) {
    if (!frame.object[i]) continue;
    EXPECT_GT(frame.normal[i].z, -0.05f);
    EXPECT_NEAR(length(frame.normal[i]), 1, 1e-3);
    if (!frame.object[i - 1] || !frame.object[i + 1] || frame.normal[i].z < 0.7f) continue;
    // Further away to the right means that the surface looks to the left.
    const float slope = frame.depth[i + 1] - frame.depth[i - 1];
    if (std::abs(frame.normal[i].x) > 0.2f) {
      EXPECT_GT(slope * frame.normal[i].x, 0) << i;
      ++compared;
    }
  }
  EXPECT_GT(compared, 50);
}

TEST(SourceScene, TopsAreLitFromAboveWhateverTheYaw) {
  double sum = 0;
  for (std::uint32_t view = 0; view < 12; ++view) {
    const Frame frame = render(source_scene({1, 1, 0, view}), kSize);  // a ball
    for (std::size_t i = 0; i < frame.object.size(); ++i) {
      if (frame.object[i]) sum += frame.normal[i].y * frame.colour[i].y;
    }
  }
  EXPECT_GT(sum, 0);
}

TEST(TargetScene, FillsThePictureAndStillShowsTheObject) {
  for (std::uint32_t label = 0; label < dataset::kClassNames.size(); ++label) {
    SCOPED_TRACE(dataset::kClassNames[label]);
    std::size_t seen = 0;
    for (std::uint32_t view = 0; view < 3; ++view) {
      const Frame frame = render(target_scene({1, label, view, label * 10 + view}), kSize);
      EXPECT_EQ(
          std::count_if(frame.depth.begin(), frame.depth.end(), [](float d) { return d <= 0; }), 0);
      seen += static_cast<std::size_t>(std::count(frame.object.begin(), frame.object.end(), 1));
    }
    EXPECT_GT(seen, 3 * kSize * kSize / 80u);
  }
}

TEST(TargetScene, SharesClassesButNoModelsWithTheSource) {
  const Scene source = source_scene({1, 0, 0, 0}), target = target_scene({1, 0, 0, 0});
  ASSERT_EQ(source.things[0].solid.parts.size(), target.things[0].solid.parts.size());
  EXPECT_NE(source.things[0].solid.parts[0].size.x, target.things[0].solid.parts[0].size.x);
}

TEST(SensedPair, IsNoisyWhereTheExactPairIsSmooth) {
  const Scene scene = target_scene({1, 5, 0, 0});
  const Frame frame = render(scene, kSize);
  Random random(1, 2, 3);
  const auto [rgb, normals] = sensed_pair(frame, scene.camera, random);
  const auto [exact_rgb, exact_normals] = exact_pair(frame);
  double noise = 0, error = 0;
  for (std::size_t i = 0; i < frame.depth.size(); ++i) {
    noise += length(pixel(rgb, i) - pixel(exact_rgb, i));
    error += length(pixel(normals, i) - pixel(exact_normals, i));
  }
  const auto count = static_cast<double>(frame.depth.size());
  EXPECT_GT(noise / count, 2);
  EXPECT_GT(error / count, 4);
  EXPECT_LT(error / count, 60) << "the shape must stay visible";
}

TEST(SensedPair, DependsOnItsDrawsAlone) {
  const Scene scene = target_scene({1, 5, 0, 0});
  const Frame frame = render(scene, kSize);
  Random first(1, 2, 3), again(1, 2, 3), other(1, 2, 4);
  const auto pair = sensed_pair(frame, scene.camera, first);
  EXPECT_EQ(sensed_pair(frame, scene.camera, again), pair);
  EXPECT_NE(sensed_pair(frame, scene.camera, other), pair);
}

}  // namespace
}  // namespace rod::synth
