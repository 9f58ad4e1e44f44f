// A destination that is not empty: what is gone on with, what is refused.
#include <gtest/gtest.h>

#include "io/file.h"
#include "tests/prepare/cache_fixture.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

using CacheResume = CacheFixture;

TEST_F(CacheResume, GoesOnWhereAnInterruptedRunStopped) {
  interrupt("out");
  EXPECT_TRUE(fs::exists(folder_ / "out/ROD/00000.safetensors"));
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  EXPECT_EQ(cache(options).shards_kept, 2u);
  options.destination = folder_ / "undisturbed";
  EXPECT_EQ(cache(options).shards_kept, 0u);
  EXPECT_EQ(folder_contents(folder_ / "out"), folder_contents(folder_ / "undisturbed"));
}

TEST_F(CacheResume, MakesADamagedFinishedShardAgain) {
  interrupt("out");
  fs::resize_file(folder_ / "out/ROD/00001.safetensors",
                  fs::file_size(folder_ / "out/ROD/00001.safetensors") - 1);
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  EXPECT_EQ(cache(options).shards_kept, 1u);
  options.destination = folder_ / "undisturbed";
  cache(options);
  EXPECT_EQ(folder_contents(folder_ / "out"), folder_contents(folder_ / "undisturbed"));
}

TEST_F(CacheResume, DoesNotAcceptARefusalOfAnEarlierRunWithoutSkip) {
  damage(SmallSource::rod_rgb(0));
  damage(SmallSource::rod_rgb(8));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  options.max_rejects = 1;
  EXPECT_TRUE(says(error_of(options), "--max-rejects"));
  EXPECT_TRUE(fs::exists(folder_ / "out/ROD/00000.safetensors"));
  EXPECT_TRUE(says(error_of(options_for("out")), SmallSource::rod_rgb(0)));
}

TEST_F(CacheResume, RemovesWhatDeadRunsLeftHalfWritten) {
  interrupt("out");
  io::write_file(folder_ / "out/ROD/half", "half");
  fs::rename(folder_ / "out/ROD/half", folder_ / "out/ROD/.00002.safetensors.4711.tmp");
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  cache(options);
  EXPECT_FALSE(fs::exists(folder_ / "out/ROD/.00002.safetensors.4711.tmp"));
}

TEST_F(CacheResume, RefusesToGoOnWithOtherOptions) {
  interrupt("out");
  CacheOptions options = options_for("out");
  options.size = 12;
  options.codec = shard::Codec::kRaw;
  const Error error = error_of(options);
  EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(says(error, "size was 16, is now 12")) << error.what();
  EXPECT_TRUE(says(error, "codec was \"zstd\", is now \"raw\"")) << error.what();
  EXPECT_TRUE(says(error, "Use another folder, or delete this one")) << error.what();
}

TEST_F(CacheResume, RefusesToGoOnWithAnotherSource) {
  interrupt("out");
  source_ = SmallSource({11, 9, 6});
  fs::remove_all(folder_ / "source");
  write_source();
  EXPECT_TRUE(says(error_of(options_for("out")), "split synROD-test lists other pairs"));
}

TEST_F(CacheResume, ReturnsAtOnceWhenComplete) {
  write_source();
  const CacheReport first = cache(options_for("out"));
  const auto before = folder_contents(folder_ / "out");
  const CacheReport second = cache(options_for("out"));
  EXPECT_FALSE(first.already_complete);
  EXPECT_TRUE(second.already_complete);
  EXPECT_EQ(second.pairs, 25u);
  EXPECT_EQ(folder_contents(folder_ / "out"), before);
}

TEST_F(CacheResume, RefusesOtherOptionsForACompleteDataSet) {
  write_source();
  cache(options_for("out"));
  const auto before = folder_contents(folder_ / "out");
  CacheOptions options = options_for("out");
  options.shard_bytes *= 2;
  EXPECT_TRUE(says(error_of(options), "pairs per shard was 4, is now 8"));
  EXPECT_EQ(folder_contents(folder_ / "out"), before);
}

TEST_F(CacheResume, AcceptsRefusedPairsOfACompleteDataSetOnRequestOnly) {
  damage(SmallSource::rod_rgb(0));
  write_source();
  CacheOptions options = options_for("out");
  options.skip_bad = true;
  cache(options);
  EXPECT_EQ(cache(options).reject_count, 1u);
  EXPECT_TRUE(says(error_of(options_for("out")), "--on-error skip"));
}

TEST_F(CacheResume, MakesADamagedManifestAgain) {
  write_source();
  cache(options_for("out"));
  const auto before = folder_contents(folder_ / "out");
  fs::resize_file(folder_ / "out/dataset.json", 100);
  EXPECT_EQ(cache(options_for("out")).shards_kept, 8u);
  EXPECT_EQ(folder_contents(folder_ / "out"), before);
  fs::resize_file(folder_ / "out/dataset.json", 100);
  CacheOptions options = options_for("out");
  options.size = 12;
  EXPECT_EQ(error_of(options).kind(), ErrorKind::kBadInput);
  EXPECT_TRUE(fs::exists(folder_ / "out/ROD/00000.safetensors"));
}

TEST_F(CacheResume, RefusesASecondWriter) {
  write_source();
  io::make_folders(folder_ / "out");
  const io::FileLock lock(folder_ / "out", "out");
  const Error error = error_of(options_for("out"));
  EXPECT_EQ(error.kind(), ErrorKind::kFailed);
  EXPECT_TRUE(says(error, "in use by another process")) << error.what();
}

TEST_F(CacheResume, RefusesAFolderWithOtherThingsInIt) {
  write_source();
  io::write_file(folder_ / "out/holiday.jpg", "x");
  EXPECT_TRUE(says(error_of(options_for("out")), "contains 'holiday.jpg'"));
}

}  // namespace
}  // namespace rod::prepare
