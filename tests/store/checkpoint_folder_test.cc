#include "store/checkpoint_folder.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "io/file.h"
#include "tests/temporary_folder.h"

namespace rod::store {
namespace {

class CheckpointFolderTest : public testing::Test {
 protected:
  void make(const std::string& name) const { io::write_file(folder_ / name, "x"); }

  std::vector<std::uint64_t> steps() const {
    std::vector<std::uint64_t> found;
    for (const ListedCheckpoint& file : list_checkpoints(folder_.path()))
      found.push_back(file.step);
    return found;
  }

  const TemporaryFolder folder_;
};

TEST_F(CheckpointFolderTest, ListsTheNewestFirst) {
  for (const std::uint64_t step : {3u, 20u, 1234567890u}) make(checkpoint_name(step));
  EXPECT_EQ(steps(), (std::vector<std::uint64_t>{1234567890, 20, 3}));
  EXPECT_EQ(checkpoint_name(12000), "step-000012000.safetensors");
}

TEST_F(CheckpointFolderTest, IsEmptyWhereThereIsNoFolder) {
  EXPECT_TRUE(list_checkpoints(folder_ / "nowhere").empty());
}

TEST_F(CheckpointFolderTest, IgnoresNamesThatADriveMakesUpAndTellsThem) {
  make(checkpoint_name(3));
  for (const char* name : {"step-000000099 (1).safetensors", ".step-000000099.safetensors.7.tmp",
                           "step-99.safetensors", "step-000000099.safetensors.gstmp"}) {
    make(name);
  }
  EXPECT_EQ(steps(), std::vector<std::uint64_t>{3});
  EXPECT_EQ(other_checkpoint_names(folder_.path()),
            (std::vector<std::string>{"step-000000099 (1).safetensors",
                                      "step-000000099.safetensors.gstmp", "step-99.safetensors"}));
}

TEST_F(CheckpointFolderTest, KeepsTheNewestOnes) {
  for (const std::uint64_t step : {1, 2, 3, 4, 5}) make(checkpoint_name(step));
  prune_checkpoints(folder_.path(), 5, 3);
  EXPECT_EQ(steps(), (std::vector<std::uint64_t>{5, 4, 3}));
}

TEST_F(CheckpointFolderTest, NeitherCountsNorRemovesLaterOnes) {
  for (const std::uint64_t step : {1, 2, 9}) make(checkpoint_name(step));
  prune_checkpoints(folder_.path(), 2, 1);
  EXPECT_EQ(steps(), (std::vector<std::uint64_t>{9, 2}));
}

TEST_F(CheckpointFolderTest, LastNamesTheNewestUntilThatIsRemoved) {
  const auto last = folder_ / kLastName;
  make(checkpoint_name(7));
  write_last(folder_.path(), 7);
  EXPECT_EQ(follow_last(last), folder_ / checkpoint_name(7));
  forget_last(folder_.path(), 6);
  EXPECT_EQ(follow_last(last), folder_ / checkpoint_name(7));
  std::filesystem::remove(folder_ / checkpoint_name(7));
  EXPECT_THROW(follow_last(last), BadInput);
  forget_last(folder_.path(), 7);
  EXPECT_FALSE(std::filesystem::exists(last));
}

TEST_F(CheckpointFolderTest, OnlyALastThatNamesACheckpointIsFollowed) {
  const auto file = folder_ / "a.safetensors";
  const std::string length(8, '\0');
  for (const char* text :
       {"", "{}", "[]", "{\"__metadata__\":[]}", "{\"__metadata__\":{\"format\":3}}",
        "{\"__metadata__\":{\"format\":\"rodtrain pointer\",\"newest\":\"../x\"}}",
        "{\"__metadata__\":{\"format\":\"rodtrain pointer\",\"newest\":7}}"}) {
    io::write_file(file, length + text);
    EXPECT_EQ(follow_last(file), file) << text;
  }
  EXPECT_EQ(follow_last(folder_ / "absent"), folder_ / "absent");
  EXPECT_EQ(follow_last(folder_.path()), folder_.path());
}

TEST_F(CheckpointFolderTest, RemovesWhatAKilledProcessLeftUnfinished) {
  make(checkpoint_name(1));
  make(".step-000000002.safetensors.77.tmp");
  remove_unfinished(folder_.path());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(CheckpointFolderTest, ReadsThePointerThatItWrote) {
  EXPECT_FALSE(read_pointer(folder_.path()));
  write_pointer(folder_.path(), {12000, 33.5});
  EXPECT_EQ(read_pointer(folder_.path())->step, 12000u);
  EXPECT_EQ(read_pointer(folder_.path())->seconds, 33.5);
  for (const char* damaged : {"", "{", "[1]", R"({"step":7,"seconds":"x"})",
                              R"({"step":-1,"seconds":1})", R"({"step":1e99,"seconds":1})",
                              R"({"step":7,"seconds":-1})", R"({"step":7,"seconds":1e300})"}) {
    io::write_file(folder_ / "newest.json", damaged);
    EXPECT_FALSE(read_pointer(folder_.path())) << damaged;
  }
}

}  // namespace
}  // namespace rod::store
