#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash.h"
#include "image/geometry.h"
#include "image_files.h"

namespace rod::image {
namespace {

// XXH3-64 of what Pillow 13 makes of the patterned images, one pass after the other.
struct Golden {
  std::uint32_t from_height, from_width, height, width;
  std::uint64_t hash;
};

TEST(ResizeBilinear, EqualsPillowInColour) {
  constexpr Golden kGolden[] = {
      {100, 100, 256, 256, 0xa9ee9ba5b122f4a3}, {480, 640, 256, 256, 0x3660d7a758a04fd3},
      {67, 101, 33, 50, 0xe5a1bf172a909490},    {67, 101, 67, 50, 0xbc08ff36bfc0cb97},
      {67, 101, 33, 101, 0x166e40df503764ba},   {1, 1, 5, 7, 0x8d5fb150e1e9e7af},
      {3, 5, 1, 1, 0x806539efe7135eee},         {17, 31, 256, 224, 0xbfd01152ceb301af},
  };
  for (const Golden& g : kGolden) {
    const Image out = resize_bilinear(patterned(g.from_height, g.from_width, 3), g.height, g.width);
    ASSERT_EQ(out.bytes.size(), std::size_t{g.height} * g.width * 3);
    EXPECT_EQ(hash64(out.bytes), g.hash)
        << g.from_height << "x" << g.from_width << " -> " << g.height << "x" << g.width;
  }
}

TEST(ResizeBilinear, EqualsPillowInGrey) {
  constexpr Golden kGolden[] = {{100, 100, 256, 256, 0x5d5633f8ef9e45ca},
                                {67, 101, 33, 50, 0x00cc0d4626dab60e}};
  for (const Golden& g : kGolden) {
    const Image out = resize_bilinear(patterned(g.from_height, g.from_width, 1), g.height, g.width);
    EXPECT_EQ(hash64(out.bytes), g.hash) << g.from_height << "x" << g.from_width;
  }
}

TEST(ResizeBilinear, ReturnsAnImageOfTheWantedSizeAsItIs) {
  const Image image = patterned(31, 17, 3);
  EXPECT_EQ(resize_bilinear(image, 31, 17), image);
}

TEST(ResizeBilinear, KeepsWhiteWhite) {
  Image white(37, 53, 3, 1);
  std::fill(white.bytes.begin(), white.bytes.end(), std::byte{255});
  for (const std::uint32_t side : {1u, 5u, 52u, 54u, 301u}) {
    const Image out = resize_bilinear(white, side, side + 1);
    EXPECT_EQ(std::count(out.bytes.begin(), out.bytes.end(), std::byte{255}),
              std::ptrdiff_t(out.bytes.size()));
  }
}

TEST(ResizeNearest, EqualsPillow) {
  constexpr Golden kGolden[] = {{100, 100, 256, 256, 0x3b008bd25611d4f3},
                                {480, 640, 256, 256, 0xcce3e4c908f28e83},
                                {100, 36, 97, 66, 0xa16632997be42b59},
                                {64, 64, 513, 161, 0x3703bd15824eaff3},
                                {3, 5, 1, 1, 0xfa392f747a73b058}};
  for (const Golden& g : kGolden) {
    const Image out =
        resize_nearest(patterned_depth(g.from_height, g.from_width), g.height, g.width);
    EXPECT_EQ(hash64(out.bytes), g.hash)
        << g.from_height << "x" << g.from_width << " -> " << g.height << "x" << g.width;
  }
}

TEST(ResizeNearest, MakesNoDepthThatWasNotThere) {
  Image edge(8, 8, 1, 2);
  for (int i = 0; i < 64; ++i) edge.u16()[i] = i % 8 < 4 ? 500 : 0;
  const Image out = resize_nearest(edge, 29, 31);
  for (std::size_t i = 0; i < 29 * 31; ++i) EXPECT_TRUE(out.u16()[i] == 500 || out.u16()[i] == 0);
}

}  // namespace
}  // namespace rod::image
