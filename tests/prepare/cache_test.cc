#include "prepare/cache/cache.h"

#include <gtest/gtest.h>

#include <cmath>

#include "image/decode.h"
#include "image/geometry.h"
#include "prepare/cache/reject.h"
#include "shard/split_reader.h"
#include "tests/prepare/cache_fixture.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

using Cache = CacheFixture;

image::Image pixels_of(const image::Decoded& decoded) {
  return std::get<image::Image>(decoded);
}

TEST_F(Cache, StoresEveryPairInTheListsOrder) {
  write_source();
  const CacheReport report = cache(options_for("out"));
  EXPECT_EQ(report.pairs, 25u);
  const shard::Manifest manifest = shard::read_manifest(folder_ / "out");
  ASSERT_EQ(manifest.splits.size(), 3u);
  const shard::SplitReader split(folder_ / "out", manifest, "ROD");
  ASSERT_EQ(split.size(), 11u);
  shard::ReadScratch scratch;
  for (unsigned n = 0; n < 11; ++n) {
    image::Image rgb(16, 16, 3, 1), depth(16, 16, 3, 1);
    split.read(n, rgb.bytes, depth.bytes, scratch);
    EXPECT_EQ(rgb, image::resize_bilinear(
                       pixels_of(image::decode_rgb(source_.file(SmallSource::rod_rgb(n)))), 16, 16))
        << n;
    EXPECT_EQ(depth,
              image::resize_bilinear(
                  pixels_of(image::decode_depth(source_.file(SmallSource::rod_depth(n)))), 16, 16))
        << n;
    EXPECT_EQ(split.label(n), n % 3);
    EXPECT_EQ(split.line(n), n);
  }
  EXPECT_EQ(split.key(4), "ball/ball_1/ball_1_4_***.png");
}

TEST_F(Cache, LeavesNothingBesidesTheDataSet) {
  write_source();
  cache(options_for("out"));
  std::vector<std::string> names;
  for (const auto& [name, contents] : folder_contents(folder_ / "out")) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{
                       "ROD/00000.safetensors", "ROD/00001.safetensors", "ROD/00002.safetensors",
                       "dataset.json", "synROD-test/00000.safetensors",
                       "synROD-test/00001.safetensors", "synROD-train/00000.safetensors",
                       "synROD-train/00001.safetensors", "synROD-train/00002.safetensors"}));
}

TEST_F(Cache, MakesTheSameBytesForAnyNumberOfJobs) {
  write_source();
  for (const unsigned jobs : {1u, 2u, 8u}) {
    CacheOptions options = options_for("out" + std::to_string(jobs));
    options.jobs = jobs;
    cache(options);
  }
  const auto expected = folder_contents(folder_ / "out1");
  EXPECT_EQ(folder_contents(folder_ / "out2"), expected);
  EXPECT_EQ(folder_contents(folder_ / "out8"), expected);
}

TEST_F(Cache, MakesTheSameBytesFromFolderInnerFolderAndArchive) {
  damage(SmallSource::rod_rgb(2));
  write_source();
  source_.write_tar(folder_ / "source.tar");
  const auto made_from = [&](const fs::path& source, const std::string& name) {
    CacheOptions options = options_for(name);
    options.source = source;
    options.skip_bad = true;
    cache(options);
    return folder_contents(folder_ / name);
  };
  const auto expected = made_from(folder_ / "source", "from-folder");
  EXPECT_EQ(expected.count(kRejectsName), 1u);
  EXPECT_EQ(made_from(folder_ / "source/ROD-synROD", "from-inner-folder"), expected);
  EXPECT_EQ(made_from(folder_ / "source.tar", "from-archive"), expected);
}

TEST_F(Cache, StoresRawPixelsToo) {
  write_source();
  CacheOptions options = options_for("raw");
  options.codec = shard::Codec::kRaw;
  cache(options);
  cache(options_for("zstd"));
  const shard::Manifest raw = shard::read_manifest(folder_ / "raw"),
                        zstd = shard::read_manifest(folder_ / "zstd");
  EXPECT_EQ(raw.codec, shard::Codec::kRaw);
  EXPECT_NE(raw.fingerprint, zstd.fingerprint);
  const shard::SplitReader a(folder_ / "raw", raw, "synROD-train"),
      b(folder_ / "zstd", zstd, "synROD-train");
  shard::ReadScratch scratch;
  std::vector<std::byte> rgb_a(768), depth_a(768), rgb_b(768), depth_b(768);
  a.read(8, rgb_a, depth_a, scratch);
  b.read(8, rgb_b, depth_b, scratch);
  EXPECT_EQ(rgb_a, rgb_b);
  EXPECT_EQ(depth_a, depth_b);
}

TEST_F(Cache, TakesMillimetresFromTheNearestPixel) {
  source_ = SmallSource({11, 9, 5, 20, 24, true});
  write_source();
  cache(options_for("out"));
  const shard::Manifest manifest = shard::read_manifest(folder_ / "out");
  EXPECT_EQ(manifest.pixels.depth, shard::DepthKind::kRaw16);
  EXPECT_EQ(manifest.split("ROD").depth_mean.size(), 1u);
  const shard::SplitReader split(folder_ / "out", manifest, "ROD");
  image::Image rgb(16, 16, 3, 1), depth(16, 16, 1, 2);
  shard::ReadScratch scratch;
  split.read(3, rgb.bytes, depth.bytes, scratch);
  EXPECT_EQ(depth,
            image::resize_nearest(
                pixels_of(image::decode_depth(source_.file(SmallSource::rod_depth(3)))), 16, 16));
}

TEST_F(Cache, TellsMeanAndDeviationOfStoredPixels) {
  write_source();
  cache(options_for("out"));
  const shard::Manifest manifest = shard::read_manifest(folder_ / "out");
  const shard::SplitReader split(folder_ / "out", manifest, "synROD-test");
  image::Image rgb(16, 16, 3, 1), depth(16, 16, 3, 1);
  shard::ReadScratch scratch;
  double sum = 0, squares = 0;
  for (std::uint64_t n = 0; n < split.size(); ++n) {
    split.read(n, rgb.bytes, depth.bytes, scratch);
    for (std::size_t at = 1; at < depth.bytes.size(); at += 3) {
      const double value = depth.u8()[at] / 255.0;
      sum += value;
      squares += value * value;
    }
  }
  const double count = double(split.size() * 256);
  const shard::SplitInfo& info = manifest.split("synROD-test");
  EXPECT_NEAR(info.depth_mean.at(1), sum / count, 1e-12);
  EXPECT_NEAR(info.depth_std.at(1), std::sqrt(squares / count - sum / count * (sum / count)), 1e-9);
}

TEST_F(Cache, CountsCommentsOfAListAsLines) {
  const std::string list = "ROD-synROD/ROD/wrgbd_40k-split_sync.txt";
  auto& bytes = source_.files().at(list);
  const std::string comment = "# by hand\n\n";
  const auto* begin = reinterpret_cast<const std::byte*>(comment.data());
  bytes.insert(bytes.begin(), begin, begin + comment.size());
  write_source();
  EXPECT_EQ(cache(options_for("out")).reject_count, 0u);
  const shard::Manifest manifest = shard::read_manifest(folder_ / "out");
  EXPECT_EQ(shard::SplitReader(folder_ / "out", manifest, "ROD").line(0), 2u);
}

TEST_F(Cache, RefusesASourceThatIsNotThere) {
  const Error error = error_of(options_for("out"));
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Cache, RefusesSizesThatCannotBe) {
  CacheOptions options = options_for("out");
  options.size = 4097;
  EXPECT_EQ(error_of(options).kind(), ErrorKind::kUsage);
  options = options_for("out");
  options.shard_bytes = 1ull << 40;
  EXPECT_EQ(error_of(options).kind(), ErrorKind::kUsage);
}

}  // namespace
}  // namespace rod::prepare
