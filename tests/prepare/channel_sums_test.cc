#include "prepare/cache/channel_sums.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/prepare/small_source.h"

namespace rod::prepare {
namespace {

TEST(ChannelSums, AddUpEveryPixelOfAnySize) {
  for (const auto& [height, width] : {std::pair{1u, 1u}, {5u, 7u}, {16u, 16u}, {31u, 33u}}) {
    const image::Image image = noise(height, width, 3, 1, height);
    ChannelSums sums;
    sums.add(image);
    std::array<std::uint64_t, 3> sum{}, squares{};
    for (std::size_t n = 0; n < image.bytes.size(); ++n) {
      sum[n % 3] += image.u8()[n];
      squares[n % 3] += std::uint64_t{image.u8()[n]} * image.u8()[n];
    }
    EXPECT_EQ(sums.pixels, std::uint64_t{height} * width);
    EXPECT_EQ(sums.sum, sum);
    EXPECT_EQ(sums.squares, squares);
  }
}

TEST(ChannelSums, DoNotOverflowOnWhite) {
  image::Image white(2100, 2100, 3, 1);
  for (std::byte& byte : white.bytes) byte = std::byte{255};
  ChannelSums sums;
  sums.add(white);
  EXPECT_EQ(sums.squares[2], 2100ull * 2100 * 255 * 255);
}

TEST(ChannelSums, CountMillimetresInTheFirstChannel) {
  image::Image depth(1, 3, 1, 2);
  depth.u16()[0] = 65'535;
  depth.u16()[2] = 2;
  ChannelSums sums;
  sums.add(depth);
  EXPECT_EQ(sums.sum, (std::array<std::uint64_t, 3>{65'537, 0, 0}));
  EXPECT_EQ(sums.squares[0], 65'535ull * 65'535 + 4);
}

TEST(ChannelMoments, AreThoseOfTheTextbook) {
  ChannelSums half_black;
  half_black.pixels = 2;
  half_black.sum = {255, 0, 255};
  half_black.squares = {255 * 255, 0, 255 * 255};
  const ChannelMoments moments = channel_moments({half_black}, 3, 1);
  EXPECT_DOUBLE_EQ(moments.mean[0], 0.5);
  EXPECT_DOUBLE_EQ(moments.deviation[0], 0.5);
  EXPECT_DOUBLE_EQ(moments.deviation[1], 0);
}

TEST(ChannelMoments, DoNotDependOnTheOrderOfShards) {
  ChannelSums a, b;
  a.add(noise(9, 9, 3, 1, 1));
  b.add(noise(5, 8, 3, 1, 2));
  EXPECT_EQ(channel_moments({a, b}, 3, 1).deviation, channel_moments({b, a}, 3, 1).deviation);
}

TEST(ChannelMoments, OfNothingAreEmpty) {
  EXPECT_TRUE(channel_moments({}, 3, 1).mean.empty());
}

}  // namespace
}  // namespace rod::prepare
