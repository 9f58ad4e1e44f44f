#include "prepare/verify.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "io/file.h"
#include "prepare/cache/cache.h"
#include "shard/safetensors_file.h"
#include "tests/prepare/small_source.h"
#include "tests/temporary_folder.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

class Verify : public ::testing::Test {
 protected:
  void SetUp() override {
    CacheOptions options = small_cache(folder_.path());
    options.codec = shard::Codec::kRaw;
    cache(options);
  }

  VerifyReport checked() const { return verify(folder_ / "out", 2, true); }

  void flip_bit(const std::string& file, std::uint64_t at) {
    std::string text = io::read_file(folder_ / "out" / file);
    text.at(at) = static_cast<char>(text.at(at) ^ 4);
    io::write_file(folder_ / "out" / file, text);
  }

  TemporaryFolder folder_;
};

TEST_F(Verify, FindsNothingWrongWithANewDataSet) {
  const VerifyReport report = checked();
  EXPECT_TRUE(report.bad.empty()) << report.bad.front();
  EXPECT_EQ(report.samples, 25u);
  EXPECT_EQ(report.shards, 3u);
}

TEST_F(Verify, NamesFileAndSampleOfAFlippedPixel) {
  const std::string shard = "ROD/00000.safetensors";
  const shard::SafetensorsFile file(folder_ / "out" / shard);
  const shard::TensorView rgb = file.tensor("rgb", shard::Dtype::kU8, 4);
  flip_bit(shard, rgb.offset + rgb.bytes - 1);
  const VerifyReport report = checked();
  ASSERT_EQ(report.bad.size(), 2u);
  EXPECT_NE(report.bad[0].find("ROD/00000.safetensors: its hash is"), std::string::npos)
      << report.bad[0];
  EXPECT_NE(report.bad[1].find("ball/ball_1/ball_1_10_***.png"), std::string::npos)
      << report.bad[1];
}

TEST_F(Verify, FindsADamagedHeader) {
  flip_bit("synROD-train/00000.safetensors", 9);
  EXPECT_FALSE(checked().bad.empty());
}

TEST_F(Verify, FindsACutAndAnAbsentShardAndGoesOn) {
  fs::resize_file(folder_ / "out/ROD/00000.safetensors", 1000);
  fs::remove(folder_ / "out/synROD-test/00000.safetensors");
  const VerifyReport report = checked();
  std::string all;
  for (const std::string& bad : report.bad) all += bad + "\n";
  EXPECT_NE(all.find("ROD/00000.safetensors: has 1000 bytes"), std::string::npos) << all;
  EXPECT_NE(all.find("synROD-test/00000.safetensors"), std::string::npos) << all;
  EXPECT_EQ(all.find("synROD-train"), std::string::npos) << all;
}

TEST_F(Verify, RefusesAChangedManifest) {
  const fs::path path = folder_ / "out/dataset.json";
  std::string text = io::read_file(path);
  const auto at = text.find("\"banana\"");
  ASSERT_NE(at, text.npos);
  io::write_file(path, text.replace(at, 8, "\"cherry\""));
  EXPECT_THROW(checked(), BadInput);
}

TEST_F(Verify, RefusesAFolderWithoutManifest) {
  fs::remove(folder_ / "out/dataset.json");
  EXPECT_THROW(checked(), BadInput);
}

}  // namespace
}  // namespace rod::prepare
