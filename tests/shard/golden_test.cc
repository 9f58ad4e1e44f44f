// Golden files: what they hold, that they are still written so, and that the refused ones still
// are. With ROD_WRITE_GOLDEN=FOLDER in the environment the files are written there instead.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "shard/manifest.h"
#include "shard/safetensors_file.h"
#include "shard/shard_reader.h"
#include "tests/shard/fixture.h"
#include "tests/shard/hostile_headers.h"
#include "tests/temporary_folder.h"

namespace rod::shard {
namespace {

namespace fs = std::filesystem;
using fixture::Bytes;

fs::path golden(const std::string& name) {
  return fs::path(ROD_GOLDEN) / name;
}

// Compares with the golden file; or replaces it, when that is asked for.
void expect_golden(const std::string& name, const std::string& bytes) {
  if (const char* folder = std::getenv("ROD_WRITE_GOLDEN")) {
    fixture::write_text(fs::path(folder) / name, bytes);
  } else {
    EXPECT_TRUE(fixture::read_text(golden(name)) == bytes) << name;
  }
}

struct GoldenShard {
  const char* name;
  Codec codec;
  PixelFormat pixels;
  std::uint64_t samples;
};

constexpr GoldenShard kShards[] = {
    {"tiny.safetensors", Codec::kRaw, {1, 2, DepthKind::kRaw16}, 2},
    {"raw-rgb.safetensors", Codec::kRaw, {12, 15, DepthKind::kColour}, 3},
    {"zstd-rgb.safetensors", Codec::kZstd, {12, 15, DepthKind::kColour}, 3},
    {"zstd-raw16.safetensors", Codec::kZstd, {12, 15, DepthKind::kRaw16}, 3},
    {"zstd-none.safetensors", Codec::kZstd, {12, 15, DepthKind::kNone}, 3},
    {"zstd-depth-alone.safetensors", Codec::kZstd, {12, 15, DepthKind::kRaw16, true}, 3},
    {"raw-ragged-raw16.safetensors", Codec::kRaw, {0, 0, DepthKind::kRaw16}, 3},
    {"zstd-ragged-rgb.safetensors", Codec::kZstd, {0, 0, DepthKind::kColour}, 3},
    {"jpeg-rgb.safetensors", fixture::kJpeg, {24, 20, DepthKind::kColour}, 3}};

void PrintTo(const GoldenShard& shard, std::ostream* out) {
  std::string name = fs::path(shard.name).stem();
  std::replace(name.begin(), name.end(), '-', '_');
  *out << name;
}

class Golden : public testing::TestWithParam<GoldenShard> {};

INSTANTIATE_TEST_SUITE_P(Shards, Golden, testing::ValuesIn(kShards),
                         testing::PrintToStringParamName());

TEST_P(Golden, ShardIsStillWrittenSo) {
  const TemporaryFolder folder;
  const GoldenShard& shard = GetParam();
  if (shard.codec == fixture::kJpeg && std::string(ROD_JPEG_VERSION) != "2.1.5" &&
      std::getenv("ROD_WRITE_GOLDEN") == nullptr) {
    GTEST_SKIP() << "libjpeg-turbo '" ROD_JPEG_VERSION
                    "' is absent or not 2.1.5, which made this file";
  }
  fixture::write_split(folder.path(), "ROD", shard.pixels, shard.codec, {shard.samples});
  const std::string bytes = fixture::read_text(folder / "ROD/00000.safetensors");
  if (shard.codec == Codec::kZstd && std::string(ROD_ZSTD_VERSION) != "1.5.4" &&
      std::getenv("ROD_WRITE_GOLDEN") == nullptr) {
    GTEST_SKIP() << "zstd " ROD_ZSTD_VERSION
                    " may compress otherwise than 1.5.4, which made this file";
  }
  expect_golden(shard.name, bytes);
}

TEST_P(Golden, ShardIsStillRead) {
  const GoldenShard& shard = GetParam();
  const ShardReader reader(golden(shard.name), shard.pixels, shard.codec);
  ASSERT_EQ(reader.samples(), shard.samples);
  ReadScratch scratch;
  for (std::uint64_t n = 0; n < shard.samples; ++n) {
    Bytes rgb(PixelFormat::rgb_bytes(reader.size(n)));
    Bytes depth(shard.pixels.depth_bytes(reader.size(n)));
    if (shard.codec == fixture::kJpeg && !ROD_HAS_JPEG) {
      EXPECT_NE(fixture::error_of([&] {
                  reader.read(n, rgb, depth, scratch, true);
                }).find("built without JPEG"),
                std::string::npos);
      continue;
    }
    reader.read(n, rgb, depth, scratch, true);  // JPEG's pixels are those of the stored hashes
    if (shard.codec != fixture::kJpeg) {
      EXPECT_EQ(rgb, fixture::rgb(n, fixture::rgb_format(n, shard.pixels)));
      EXPECT_EQ(depth, fixture::depth(n, fixture::depth_format(n, shard.pixels)));
    }
    EXPECT_EQ(reader.key(n), fixture::key(n));
    EXPECT_EQ(reader.label(n), fixture::label(n));
  }
}

TEST(GoldenFiles, HoldEveryDtype) {
  std::vector<std::byte> data(16);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = std::byte(i % 2);
  std::vector<TensorData> tensors;
  for (const std::size_t bytes : {8u, 4u, 2u, 1u}) {
    for (int i = 0; i <= static_cast<int>(Dtype::kBool); ++i) {
      const auto dtype = static_cast<Dtype>(i);
      if (dtype_bytes(dtype) == bytes) {
        tensors.push_back({dtype_name(dtype), dtype, {1, 2}, std::span(data).first(2 * bytes)});
      }
    }
  }
  const TemporaryFolder folder;
  write_safetensors(folder / "dtypes", tensors, {{"format", "test"}});
  expect_golden("dtypes.safetensors", fixture::read_text(folder / "dtypes"));
}

TEST(GoldenFiles, HoldTheManifestOfADataSet) {
  const TemporaryFolder folder;
  const PixelFormat pixels{2, 2, DepthKind::kColour};
  SplitInfo split = fixture::write_split(folder.path(), "ROD", pixels, Codec::kRaw, {2, 1});
  split.lines_left_out = {1};
  split.rgb_mean = {0.25, 0.5, 0.1};
  split.rgb_std = {0, 1e-05, 0.3333333333333333};
  const std::string text = format_manifest(fixture::manifest_of(pixels, Codec::kRaw, {split}));
  expect_golden("dataset.json", text);
  EXPECT_EQ(parse_manifest(text, "dataset.json").splits[0].shards.size(), 2u);
}

TEST(GoldenFiles, ThatMustBeRefusedAre) {
  for (const fixture::HostileHeader& header : fixture::hostile_headers()) {
    const std::string bytes = fixture::safetensors_bytes(header.json, header.payload);
    if (bytes.size() > 4096) continue;  // the deep ones are only made in memory
    const std::string name = "refused-" + header.name + ".safetensors";
    expect_golden(name, bytes);
    if (std::getenv("ROD_WRITE_GOLDEN") == nullptr) {
      EXPECT_THROW(SafetensorsFile{golden(name)}, BadInput) << name;
    }
  }
}

}  // namespace
}  // namespace rod::shard
