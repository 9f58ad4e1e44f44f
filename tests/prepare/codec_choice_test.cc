#include "prepare/cache/codec_choice.h"

#include <gtest/gtest.h>

#include "tests/prepare/cache_fixture.h"

namespace rod::prepare {
namespace {

constexpr std::uint64_t kGiB = 1ull << 30;
const shard::PixelFormat kPixels{256, 256, shard::DepthKind::kColour};  // 393,216 bytes per pair

TEST(CodecChoice, IsRawWhereAllPixelsStayInMemory) {
  const CodecChoice choice = choose_codec(3000, kPixels, {12 * kGiB, 70 * kGiB});
  EXPECT_EQ(choice.codec, shard::Codec::kRaw);
  EXPECT_NE(choice.reason.find("codec raw: 1.2 GB of pixels stay in the 12.9 GB"),
            std::string::npos)
      << choice.reason;
}

TEST(CodecChoice, IsZstdForMorePixelsThanMemory) {
  const CodecChoice choice = choose_codec(77'305, kPixels, {12 * kGiB, 70 * kGiB});
  EXPECT_EQ(choice.codec, shard::Codec::kZstd);
  EXPECT_NE(choice.reason.find("30.4 GB of pixels would not stay in the 12.9 GB"),
            std::string::npos)
      << choice.reason;
}

TEST(CodecChoice, IsZstdForMorePixelsThanDisk) {
  EXPECT_EQ(choose_codec(77'305, kPixels, {200 * kGiB, 20 * kGiB}).codec, shard::Codec::kZstd);
}

using CacheCodecChoice = CacheFixture;

TEST_F(CacheCodecChoice, StaysWhatTheFolderHoldsAlready) {
  write_source();
  CacheOptions options = options_for("out");
  options.choose_codec = true;
  options.target = Machine{8 * kGiB, 8 * kGiB};
  EXPECT_EQ(cache(options).codec, shard::Codec::kRaw);
  options.target = Machine{1, 1};
  const CacheReport again = cache(options);
  EXPECT_EQ(again.codec, shard::Codec::kRaw);
  EXPECT_TRUE(again.already_complete);
  options.destination = folder_ / "other";
  EXPECT_EQ(cache(options).codec, shard::Codec::kZstd);
}

TEST_F(CacheCodecChoice, OfAPartNeedsTheTarget) {
  write_source();
  CacheOptions options = options_for("out");
  options.choose_codec = true;
  options.part = {1, 2};
  EXPECT_EQ(error_of(options).kind(), ErrorKind::kUsage);
}

}  // namespace
}  // namespace rod::prepare
