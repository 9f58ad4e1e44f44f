// Pairs that give no sample: refused by name, or left out on request.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "io/file.h"
#include "prepare/cache/reject.h"
#include "shard/split_reader.h"
#include "tests/prepare/cache_fixture.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

using CacheBadImages = CacheFixture;

TEST_F(CacheBadImages, RefusesABadImageByName) {
  damage(SmallSource::rod_depth(5));
  damage(SmallSource::rod_rgb(9));
  write_source();
  const Error error = error_of(options_for("out"));
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(says(error, SmallSource::rod_depth(5))) << error.what();
  EXPECT_TRUE(says(error, "banana/banana_1/banana_1_5_***.png")) << error.what();
  EXPECT_TRUE(says(error, "line 6 of ROD-synROD/ROD/wrgbd_40k-split_sync.txt")) << error.what();
  EXPECT_FALSE(fs::exists(folder_ / "out/dataset.json"));
}

TEST_F(CacheBadImages, SkipsBadPairsIntoRejects) {
  damage(SmallSource::rod_depth(5));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  const CacheReport report = cache(options);
  EXPECT_EQ(report.reject_count, 1u);
  EXPECT_EQ(report.pairs, 24u);
  const auto reject = nlohmann::json::parse(io::read_file(folder_ / "out" / kRejectsName));
  EXPECT_EQ(reject.at("key"), "banana/banana_1/banana_1_5_***.png");
  EXPECT_EQ(reject.at("split"), "ROD");
  EXPECT_EQ(reject.at("line"), 5);
  EXPECT_EQ(reject.at("file"), "surfnorm-washington/banana/banana_1/banana_1_5_depthcrop.png");
  EXPECT_FALSE(reject.at("reason").get<std::string>().empty());
  const shard::Manifest manifest = shard::read_manifest(folder_ / "out");
  const shard::SplitInfo& info = manifest.split("ROD");
  EXPECT_EQ(info.lines_left_out, std::vector<std::uint64_t>{5});
  EXPECT_EQ(info.class_counts, (std::vector<std::uint64_t>{4, 4, 2}));
  EXPECT_EQ(shard::SplitReader(folder_ / "out", manifest, "ROD").line(5), 6u);
}

TEST_F(CacheBadImages, CutsShardsByTheListWhateverIsRefused) {
  write_source();
  cache(options_for("whole"));
  damage(SmallSource::rod_rgb(1));
  write_source();
  CacheOptions options = options_for("skipped");
  options.skip_bad = true;
  cache(options);
  const shard::SplitInfo whole = shard::read_manifest(folder_ / "whole").split("ROD");
  const shard::SplitInfo skipped = shard::read_manifest(folder_ / "skipped").split("ROD");
  EXPECT_EQ(skipped.shards[0].samples, 3u);
  EXPECT_EQ(skipped.shards[1].samples, whole.shards[1].samples);
  EXPECT_EQ(skipped.shards[2].samples, whole.shards[2].samples);
}

TEST_F(CacheBadImages, LeavesOutAShardOfWhichEveryPairIsRefused) {
  for (unsigned n = 4; n < 8; ++n) damage(SmallSource::rod_rgb(n));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  cache(options);
  const shard::Manifest manifest = shard::read_manifest(folder_ / "out");
  EXPECT_EQ(manifest.split("ROD").shards.size(), 2u);
  EXPECT_EQ(shard::SplitReader(folder_ / "out", manifest, "ROD").line(4), 8u);
}

TEST_F(CacheBadImages, RefusesASplitOfWhichNothingIsLeft) {
  for (unsigned n = 0; n < 11; ++n) damage(SmallSource::rod_rgb(n));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  EXPECT_TRUE(says(error_of(options), "all of its 11 pairs were rejected"));
}

TEST_F(CacheBadImages, GivesUpAboveMaxRejects) {
  for (unsigned n = 0; n < 3; ++n) damage(SmallSource::rod_rgb(n));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  options.max_rejects = 2;
  const Error error = error_of(options);
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(says(error, "--max-rejects")) << error.what();
  options.max_rejects = 3;
  EXPECT_EQ(cache(options).reject_count, 3u);
}

TEST_F(CacheBadImages, MakesAbsentImagesRejectsOnRequestOnly) {
  source_.files().erase(SmallSource::train_depth(4));
  write_source();
  EXPECT_TRUE(says(error_of(options_for("out")), SmallSource::train_depth(4)));
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  EXPECT_EQ(cache(options).reject_count, 1u);
  EXPECT_NE(io::read_file(folder_ / "out" / kRejectsName).find("is absent"), std::string::npos);
}

TEST_F(CacheBadImages, RefusesDepthOfAnotherKindThanTheFirst) {
  const SmallSource millimetres({11, 9, 5, 20, 24, true});
  source_.files()[SmallSource::rod_depth(7)] = millimetres.file(SmallSource::rod_depth(7));
  write_source();
  const Error error = error_of(options_for("out"));
  EXPECT_TRUE(says(error, SmallSource::rod_depth(7))) << error.what();
  EXPECT_TRUE(says(error, "--depth rgb")) << error.what();
}

}  // namespace
}  // namespace rod::prepare
