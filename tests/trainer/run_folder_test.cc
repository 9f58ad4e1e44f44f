#include "trainer/run_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/small_step.h"
#include "tests/trainer/tiny_dataset.h"

namespace rod {
namespace {

class RunFolderTest : public testing::Test {
 protected:
  void save(std::uint64_t step) {
    Learner learner = make_learner(tiny_config("", ""), kSmallClasses, torch::kCPU);
    CheckpointHead head;
    head.state.step = step;
    head.options = result_options({});
    write_checkpoint(run_.checkpoint(step), capture_model(head, learner));
  }

  void overwrite(std::uint64_t step, const std::string& bytes) {
    std::ofstream(run_.checkpoint(step), std::ios::binary) << bytes;
  }

  std::vector<std::uint64_t> steps() const {
    std::vector<std::uint64_t> found;
    for (const CheckpointFile& file : run_.checkpoints()) found.push_back(file.step);
    return found;
  }

  std::optional<Checkpoint> newest() {
    return run_.newest_checkpoint([this](const std::string& text) { said_.push_back(text); });
  }

  const TemporaryFolder folder_;
  const RunFolder run_{folder_ / "run"};
  std::vector<std::string> said_;
};

TEST_F(RunFolderTest, IsRefusedToASecondTrainer) {
  EXPECT_THROW(RunFolder(folder_ / "run"), Error);
}

TEST_F(RunFolderTest, HasNoRunUntilSomethingIsThere) {
  EXPECT_FALSE(run_.has_run());
  EXPECT_FALSE(newest());
  save(3);
  EXPECT_TRUE(run_.has_run());
}

TEST_F(RunFolderTest, TakesTheNewest) {
  save(20);
  save(3);
  EXPECT_EQ(newest()->head.state.step, 20u);
  EXPECT_TRUE(said_.empty());
}

TEST_F(RunFolderTest, FallsBackFromADamagedCheckpointAndSaysSo) {
  save(3);
  save(20);
  save(21);
  overwrite(20, "");
  std::filesystem::resize_file(run_.checkpoint(21), 1000);
  EXPECT_EQ(newest()->head.state.step, 3u);
  ASSERT_EQ(said_.size(), 2u);
  EXPECT_NE(said_[0].find(run_.checkpoint(21).string()), std::string::npos) << said_[0];
}

TEST_F(RunFolderTest, FallsBackFromACheckpointUnderAnothersName) {
  save(3);
  std::filesystem::copy_file(run_.checkpoint(3), run_.checkpoint(50));
  EXPECT_EQ(newest()->head.state.step, 3u);
  EXPECT_EQ(said_.size(), 1u);
}

TEST_F(RunFolderTest, IgnoresNamesThatADriveMakesUp) {
  save(3);
  const auto folder = run_.checkpoint(3).parent_path();
  for (const char* name : {"step-000000099 (1).safetensors", ".step-000000099.safetensors.7.tmp",
                           "step-99.safetensors", "step-000000099.safetensors.gstmp"}) {
    std::filesystem::copy_file(run_.checkpoint(3), folder / name);
  }
  EXPECT_EQ(steps(), std::vector<std::uint64_t>{3});
}

TEST_F(RunFolderTest, RefusesToStartAnewOverCheckpointsThatAreAllDamaged) {
  save(3);
  overwrite(3, "rubbish");
  EXPECT_THROW(newest(), BadInput);
}

TEST_F(RunFolderTest, KeepsTheNewestOnes) {
  for (const std::uint64_t step : {1, 2, 3, 4, 5}) save(step);
  run_.prune(5, 3);
  EXPECT_EQ(steps(), (std::vector<std::uint64_t>{5, 4, 3}));
}

TEST_F(RunFolderTest, DoesNotCountARefusedNewerCheckpointAsKept) {
  for (const std::uint64_t step : {1, 2, 9}) save(step);
  run_.prune(2, 1);
  EXPECT_EQ(steps(), std::vector<std::uint64_t>{2});
}

}  // namespace
}  // namespace rod
