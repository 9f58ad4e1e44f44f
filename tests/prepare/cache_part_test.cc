#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "io/file.h"
#include "prepare/cache/merge.h"
#include "prepare/cache/part.h"
#include "tests/prepare/cache_fixture.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

class CacheParts : public CacheFixture {
 protected:
  CacheOptions part_options(unsigned number, unsigned count) const {
    CacheOptions options = options_for("part-" + std::to_string(number));
    options.part = {number, count};
    options.skip_bad = true;
    return options;
  }

  std::vector<fs::path> make_parts(unsigned count) const {
    std::vector<fs::path> folders;
    for (unsigned number = count; number > 0; --number) {  // any order
      cache(part_options(number, count));
      folders.push_back(folder_ / ("part-" + std::to_string(number)));
    }
    return folders;
  }

  void make_whole() const {
    CacheOptions options = options_for("whole");
    options.skip_bad = true;
    cache(options);
  }

  Error merge_error(const std::vector<fs::path>& parts) const {
    try {
      merge(folder_ / "merged", parts, 2, true);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return Error(ErrorKind::kFailed, "");
  }
};

TEST_F(CacheParts, MergeIntoTheDataSetOfOneRunByteForByte) {
  damage(SmallSource::rod_rgb(0));
  for (unsigned n = 4; n < 8; ++n) damage(SmallSource::train_depth(n));  // a unit without a shard
  write_source();
  make_whole();
  for (const unsigned count : {2u, 3u, 4u, 20u}) {
    const auto parts = make_parts(count);
    const MergeReport report = merge(folder_ / "merged", parts, 2, true);
    EXPECT_EQ(report.pairs, 20u);
    EXPECT_EQ(report.reject_count, 5u);
    EXPECT_EQ(folder_contents(folder_ / "merged"), folder_contents(folder_ / "whole")) << count;
    for (const fs::path& part : parts) fs::remove_all(part);
    fs::remove_all(folder_ / "merged");
  }
}

TEST_F(CacheParts, APartTellsOfItsOwnShardsAlone) {
  damage(SmallSource::rod_rgb(0));
  write_source();
  const auto parts = make_parts(2);
  std::set<std::string> files;
  std::uint64_t pairs = 0;
  for (const fs::path& folder : parts) {
    const FinishedPart part = read_part(folder);
    ASSERT_EQ(part.results.size(), part.plan.units.size());
    for (const UnitResult& result : part.results) {
      EXPECT_TRUE(fs::exists(folder / result.shard.file));
      EXPECT_TRUE(files.insert(result.shard.file).second);
      for (const std::uint64_t count : result.class_counts) pairs += count;
    }
    for (const dataset::Split& split : part.dataset.splits) EXPECT_TRUE(split.samples.empty());
  }
  EXPECT_EQ(files.size(), 8u);
  EXPECT_EQ(pairs, 24u);
}

TEST_F(CacheParts, ThoseOfAnOlderFormatOrWrongCountsAreRefused) {
  write_source();
  const auto parts = make_parts(2);
  const std::string text = io::read_file(folder_ / "part-1" / kPartName);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const auto at = changed.find(from);
    EXPECT_NE(at, changed.npos) << from;
    io::write_file(folder_ / "part-1" / kPartName, changed.replace(at, from.size(), to));
    return merge_error(parts);
  };
  EXPECT_TRUE(says(with("\"version\":2", "\"version\":1"), "of version 2"));
  EXPECT_TRUE(says(with("\"samples\":", "\"samples\":1"), "do not add up"));
  EXPECT_TRUE(says(with("\"class_counts\":[", "\"class_counts\":[0,"), "do not add up"));
  EXPECT_TRUE(says(with("\"split\":0", "\"split\":9"), "a split that it does not have"));
}

TEST_F(CacheParts, MergingAgainFinishesWhatAKillLeft) {
  write_source();
  make_whole();
  const auto parts = make_parts(2);
  merge(folder_ / "merged", parts, 2, true);
  fs::remove(folder_ / "merged/dataset.json");
  fs::remove(folder_ / "merged/ROD/00001.safetensors");
  io::write_file(folder_ / "merged/.rodprep-cache.json", read_part(parts[0]).plan.text + "\n");
  merge(folder_ / "merged", parts, 2, true);
  EXPECT_EQ(folder_contents(folder_ / "merged"), folder_contents(folder_ / "whole"));
  merge(folder_ / "merged", parts, 2, true);  // of a complete one
  EXPECT_EQ(folder_contents(folder_ / "merged"), folder_contents(folder_ / "whole"));
}

TEST_F(CacheParts, APartIsGoneOnWithAndNotMistakenForAnother) {
  write_source();
  cache(part_options(1, 2));
  const auto before = folder_contents(folder_ / "part-1");
  EXPECT_EQ(cache(part_options(1, 2)).shards_kept, 4u);
  EXPECT_EQ(folder_contents(folder_ / "part-1"), before);
  CacheOptions other = part_options(2, 2);
  other.destination = folder_ / "part-1";
  EXPECT_TRUE(says(error_of(other), "part was \"1/2\", is now \"2/2\""));
  EXPECT_TRUE(says(error_of(options_for("part-1")), "part is gone"));
}

TEST_F(CacheParts, MergeRefusesMissingDoubledForeignAndDamagedParts) {
  write_source();
  const auto parts = make_parts(3);
  EXPECT_TRUE(says(merge_error({parts[0], parts[2]}), "missing: 2"));
  EXPECT_TRUE(says(merge_error({parts[0], parts[1], parts[1], parts[2]}), "given twice"));
  EXPECT_TRUE(says(merge_error({parts[0], folder_ / "nowhere"}), "is not a finished partition"));

  CacheOptions other = part_options(2, 3);
  other.destination = folder_ / "other";
  other.codec = shard::Codec::kRaw;
  cache(other);
  EXPECT_TRUE(says(merge_error({parts[0], folder_ / "other", parts[2]}), "codec was \"zstd\""));

  fs::resize_file(folder_ / "part-2/part.json", 100);
  EXPECT_TRUE(says(merge_error(parts), "is damaged"));
  cache(part_options(2, 3));
  const FinishedPart second = read_part(folder_ / "part-2");
  const fs::path shard = folder_ / "part-2" / second.results.front().shard.file;
  std::string bytes = io::read_file(shard);
  bytes.back() ^= 1;
  io::write_file(shard, bytes);
  EXPECT_TRUE(says(merge_error(parts), "absent or damaged"));
  EXPECT_FALSE(fs::exists(folder_ / "merged/dataset.json"));
}

TEST(Part, CutsThePlanIntoNeighbouringUnits) {
  CachePlan plan;
  plan.units.resize(10);
  for (const unsigned count : {1u, 3u, 10u, 16u}) {
    std::size_t next = 0;
    for (unsigned number = 1; number <= count; ++number) {
      const auto [first, last] = units_of({number, count}, plan);
      EXPECT_EQ(first, next);
      EXPECT_LE(last - first, 10 / count + 1);
      next = last;
    }
    EXPECT_EQ(next, 10u);
  }
}

TEST(Part, IsReadAsNumberOfCount) {
  EXPECT_EQ(parse_part("3/4").text(), "3/4");
  for (const char* text : {"", "3", "0/4", "5/4", "1/0", "-1/4", "1/4x", "1 /4", "a/b"}) {
    EXPECT_THROW(parse_part(text), Error) << text;
  }
}

class PartAuto : public ::testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }
  static void clear() {
    for (const char* name :
         {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
          "SLURM_ARRAY_TASK_STEP", "SLURM_PROCID", "SLURM_NTASKS", "PMI_RANK", "PMI_SIZE",
          "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}) {
      ::unsetenv(name);
    }
  }
  static void set(const char* name, const char* value) { ::setenv(name, value, 1); }
};

TEST_F(PartAuto, FollowsASlurmArray) {
  set("SLURM_ARRAY_TASK_COUNT", "4");
  set("SLURM_ARRAY_TASK_ID", "0");
  EXPECT_EQ(parse_part("auto").text(), "1/4");
  set("SLURM_ARRAY_TASK_ID", "3");
  EXPECT_EQ(parse_part("auto").text(), "4/4");
  set("SLURM_ARRAY_TASK_ID", "4");  // of an array 1-4, whose other tasks are 1, 2 and 3
  EXPECT_EQ(parse_part("auto").text(), "1/4");
  set("SLURM_ARRAY_TASK_MIN", "1");
  EXPECT_EQ(parse_part("auto").text(), "4/4");
  set("SLURM_ARRAY_TASK_ID", "21");
  set("SLURM_ARRAY_TASK_MIN", "11");
  set("SLURM_ARRAY_TASK_STEP", "5");
  EXPECT_EQ(parse_part("auto").text(), "3/4");
}

TEST_F(PartAuto, FollowsMpirun) {
  set("OMPI_COMM_WORLD_RANK", "2");
  set("OMPI_COMM_WORLD_SIZE", "5");
  EXPECT_EQ(parse_part("auto").text(), "3/5");
}

TEST_F(PartAuto, SaysWhatIsMissing) {
  EXPECT_THROW(parse_part("auto"), Error);
  set("SLURM_ARRAY_TASK_COUNT", "4");
  set("SLURM_ARRAY_TASK_ID", "x");
  EXPECT_THROW(parse_part("auto"), Error);
}

}  // namespace
}  // namespace rod::prepare
