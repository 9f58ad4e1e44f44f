#include <gtest/gtest.h>

#include "image/decode.h"
#include "image/png.h"
#include "image_files.h"

namespace rod::image {
namespace {

TEST(EncodePng, ColourComesBackExactly) {
  const Image image = patterned(33, 47, 3);
  EXPECT_EQ(accepted(decode_rgb(encode_png(image))), image);
}

TEST(EncodePng, SixteenBitDepthComesBackExactly) {
  const Image depth = patterned_depth(33, 47);
  EXPECT_EQ(accepted(decode_depth(encode_png(depth))), depth);
}

TEST(EncodePng, GreyComesBackAsThreeEqualChannels) {
  const Image grey = patterned(9, 5, 1);
  const Image back = accepted(decode_rgb(encode_png(grey)));
  ASSERT_EQ(back.bytes.size(), 3 * grey.bytes.size());
  for (std::size_t i = 0; i < back.bytes.size(); ++i) EXPECT_EQ(back.bytes[i], grey.bytes[i / 3]);
}

TEST(EncodePng, GivesTheSameBytesForTheSamePixels) {
  const Image image = patterned(64, 64, 3);
  EXPECT_EQ(encode_png(image), encode_png(image));
}

TEST(EncodePng, TheLevelChangesTheSizeAlone) {
  const Image image = patterned(64, 64, 3);
  const auto stored = encode_png(image, 0), packed = encode_png(image, 9);
  EXPECT_GT(stored.size(), packed.size());
  EXPECT_EQ(decode_rgb(stored).index(), decode_rgb(packed).index());
  EXPECT_EQ(accepted(decode_rgb(stored)), accepted(decode_rgb(packed)));
}

}  // namespace
}  // namespace rod::image
