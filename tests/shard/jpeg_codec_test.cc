// The jpeg codec: near the pixels, exactly its own pixels again, and nothing guessed from damaged
// bytes.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/hash.h"
#include "shard/codec.h"
#include "shard/shard_reader.h"
#include "tests/shard/fixture.h"
#include "tests/temporary_folder.h"

namespace rod::shard {
namespace {

using fixture::Bytes;
using fixture::kJpeg;

class Jpeg : public testing::Test {
 protected:
  void SetUp() override {
    if (!ROD_HAS_JPEG) GTEST_SKIP() << "built without libturbojpeg";
  }

  // A smooth picture: JPEG is made for such.
  static Bytes smooth(std::uint32_t height, std::uint32_t width) {
    Bytes pixels;
    for (std::uint32_t y = 0; y < height; ++y) {
      for (std::uint32_t x = 0; x < width; ++x) {
        for (const std::uint32_t level : {60 + 2 * y, 200 - 2 * x, 90 + x + y})
          pixels.push_back(std::byte(level));
      }
    }
    return pixels;
  }
  static Bytes encoded(const Bytes& pixels, std::uint32_t height, std::uint32_t width,
                       int quality = 90, bool depth = false) {
    Bytes out;
    kJpeg->make_encoder({quality})->encode(pixels, {height, width, 3, depth}, out);
    return out;
  }
  static bool decode(std::span<const std::byte> stored, std::uint32_t height, std::uint32_t width,
                     Bytes& back) {
    return kJpeg->make_decoder()->decode(stored, {height, width, 3}, back);
  }
  static int largest_error(const Bytes& a, const Bytes& b) {
    int largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      largest =
          std::max(largest, std::abs(std::to_integer<int>(a[i]) - std::to_integer<int>(b[i])));
    }
    return largest;
  }
};

TEST_F(Jpeg, ComesNearTheSamePixelsForEveryShape) {
  const auto decoder = kJpeg->make_decoder();
  for (const std::uint32_t height : {1u, 7u, 8u, 17u, 50u}) {
    for (const std::uint32_t width : {1u, 8u, 9u, 33u}) {
      for (const bool depth : {false, true}) {
        const Bytes pixels = smooth(height, width);
        const Bytes stored = encoded(pixels, height, width, 95, depth);
        EXPECT_LE(stored.size(), kJpeg->bound({height, width, 3, depth}));
        Bytes back(pixels.size());
        ASSERT_TRUE(decoder->decode(stored, {height, width, 3}, back)) << height << "x" << width;
        EXPECT_LE(largest_error(pixels, back), 12) << height << "x" << width;
      }
    }
  }
}

TEST_F(Jpeg, KeepsMoreAtAHigherQualityForMoreBytes) {
  const Bytes pixels = fixture::rgb(1, {32, 32});  // noise
  Bytes low(pixels.size()), high(pixels.size());
  const Bytes small = encoded(pixels, 32, 32, 30, true), large = encoded(pixels, 32, 32, 98, true);
  ASSERT_TRUE(decode(small, 32, 32, low));
  ASSERT_TRUE(decode(large, 32, 32, high));
  EXPECT_LT(small.size(), large.size());
  EXPECT_LT(largest_error(pixels, high), largest_error(pixels, low));
}

TEST_F(Jpeg, HoldsNoiseAtTheBestQuality) {
  const Bytes pixels = fixture::rgb(1, {61, 67});
  EXPECT_LE(encoded(pixels, 61, 67, 100, true).size(), kJpeg->bound({61, 67, 3, true}));
}

TEST_F(Jpeg, RefusesAnotherSizeEveryCutAndWhatFollows) {
  const Bytes pixels = smooth(24, 16);
  Bytes stored = encoded(pixels, 24, 16), back(pixels.size());
  EXPECT_FALSE(decode(stored, 16, 24, back));
  for (std::size_t size = 0; size < stored.size(); ++size) {
    EXPECT_FALSE(decode(std::span(stored).first(size), 24, 16, back)) << size;
  }
  stored.push_back(std::byte{0});
  EXPECT_FALSE(decode(stored, 24, 16, back));
}

TEST_F(Jpeg, SurvivesEveryFlippedBit) {
  const Bytes pixels = fixture::rgb(2, {16, 16});
  Bytes stored = encoded(pixels, 16, 16), back(pixels.size()), again(pixels.size());
  const auto decoder = kJpeg->make_decoder();
  ASSERT_TRUE(decoder->decode(stored, {16, 16, 3}, back));
  for (std::size_t bit = 0; bit < 8 * stored.size(); ++bit) {
    stored[bit / 8] ^= std::byte(1 << bit % 8);
    decoder->decode(stored, {16, 16, 3}, again);  // may give other pixels: a sample's hash tells
    stored[bit / 8] ^= std::byte(1 << bit % 8);
  }
  ASSERT_TRUE(decoder->decode(stored, {16, 16, 3}, again));
  EXPECT_EQ(again, back) << "a damaged image leaves nothing behind in the decoder";
}

TEST_F(Jpeg, ShardHashesThePixelsThatReadersGet) {
  const TemporaryFolder folder;
  const PixelFormat pixels{40, 24};
  fixture::write_split(folder.path(), "ROD", pixels, kJpeg, {3});
  const ShardReader reader(folder / "ROD/00000.safetensors", pixels, kJpeg);
  ReadScratch scratch;
  Bytes rgb(pixels.rgb_bytes()), depth(pixels.depth_bytes());
  for (std::uint64_t n = 0; n < 3; ++n) {
    reader.read(n, rgb, depth, scratch, true);
    EXPECT_EQ(hash64(rgb), reader.rgb_hash(n));
    EXPECT_EQ(hash64(depth), reader.depth_hash(n));
  }
}

TEST_F(Jpeg, ShardWithAFlippedBitIsRefusedOrItsSampleIsNamed) {
  const TemporaryFolder folder;
  const PixelFormat pixels{16, 8};
  const auto path = folder / "ROD/00000.safetensors";
  fixture::write_split(folder.path(), "ROD", pixels, kJpeg, {2});
  const std::uint64_t bits = 8 * std::filesystem::file_size(path);
  std::vector<Bytes> expected;
  const auto read_all = [&] {
    const ShardReader reader(path, pixels, kJpeg);
    ReadScratch scratch;
    std::vector<Bytes> all;
    for (std::uint64_t n = 0; n < reader.samples(); ++n) {
      Bytes rgb(pixels.rgb_bytes()), depth(pixels.depth_bytes());
      reader.read(n, rgb, depth, scratch, true);
      all.push_back(rgb);
      all.push_back(depth);
    }
    return all;
  };
  expected = read_all();
  for (std::uint64_t bit = 0; bit < bits; bit += 3) {
    fixture::flip_bit(path, bit);
    const std::string message =
        fixture::error_of([&] { EXPECT_EQ(read_all(), expected) << "bit " << bit; });
    EXPECT_TRUE(message.empty() || message.substr(0, 2) == "3 ") << message;
    fixture::flip_bit(path, bit);
  }
}

}  // namespace
}  // namespace rod::shard
