#include "trainer/checkpoint/run_folder.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "io/file.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/small_step.h"
#include "tests/trainer/tiny_dataset.h"
#include "tests/tries.h"

namespace rod::trainer {
namespace {

class RunFolderTest : public testing::Test {
 protected:
  void save(std::uint64_t step) { save(step, run_.checkpoint(step)); }
  void save(std::uint64_t step, const std::filesystem::path& path) {
    Learner learner = make_learner(tiny_config("", ""), kSmallClasses, torch::kCPU);
    CheckpointHead head;
    head.state.step = step;
    head.options = result_options({});
    CapturedCheckpoint checkpoint = capture_model(head, learner);
    seal_checkpoint(checkpoint);
    write_checkpoint(path, checkpoint);
  }

  void overwrite(std::uint64_t step, const std::string& bytes) {
    std::ofstream(run_.checkpoint(step), std::ios::binary) << bytes;
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

TEST_F(RunFolderTest, GivesTheNewestHeadBesideATrainer) {
  EXPECT_FALSE(newest_head(run_.path()));
  save(3);
  save(20);
  overwrite(30, "damaged");
  const auto head = newest_head(run_.path());
  ASSERT_TRUE(head);
  EXPECT_EQ(head->state.step, 20u);
  EXPECT_EQ(head->options.at("amp"), "off");
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

TEST_F(RunFolderTest, FallsBackFromWhateverADriveDoesToTheNewest) {
  save(4);
  save(8);
  const std::filesystem::path file = run_.checkpoint(8);
  const std::string whole = io::read_file(file, 1 << 30),
                    older = io::read_file(run_.checkpoint(4), 1 << 30);
  const std::uint64_t all = tries(160, 10'000);
  for (std::uint64_t n = 0; n < all; ++n) {
    Random random(tries_seed(), 0, n);
    std::string bytes = whole;
    const auto below = [&](std::size_t end) {
      return random.below(static_cast<std::uint32_t>(end));
    };
    const auto flip = [&](std::size_t end) {
      bytes[below(end)] ^= static_cast<char>(1 << below(8));
    };
    store::write_pointer(run_.path(), {8, 0});
    std::string name = file.filename().string();
    switch (n % 8) {
      case 0:
        bytes.resize(below(whole.size()));
        break;
      case 1:
        bytes.clear();
        break;
      case 2:
        flip(20'000);  // in the header
        break;
      case 3:
        flip(whole.size());
        break;
      case 4:
        name = "step-000000008 (1).safetensors";
        break;
      case 5:
        name.clear();
        break;
      case 6:
        bytes = older;
        break;
      default: {  // a page that was never written
        const std::size_t page = below(whole.size() / 4096) * std::size_t{4096};
        bytes.replace(page, 4096, 4096, '\0');
      }
    }
    std::filesystem::remove(file);
    if (!name.empty()) std::ofstream(run_.checkpoints() / name, std::ios::binary) << bytes;
    said_.clear();
    const auto found = newest();
    ASSERT_TRUE(found && found->head.state.step == 4) << "try " << n;
    ASSERT_TRUE(!said_.empty() && said_[0].find("step-000000008") != std::string::npos)
        << "try " << n;
    if (!name.empty()) std::filesystem::remove(run_.checkpoints() / name);
  }
  tell(all, "damaged newest checkpoints");
}

TEST_F(RunFolderTest, FallsBackFromACheckpointUnderAnothersName) {
  save(3);
  std::filesystem::copy_file(run_.checkpoint(3), run_.checkpoint(50));
  EXPECT_EQ(newest()->head.state.step, 3u);
  EXPECT_EQ(said_.size(), 1u);
}

TEST_F(RunFolderTest, IgnoresNamesThatADriveMakesUpAndSaysSo) {
  save(3);
  std::filesystem::rename(run_.checkpoint(3),
                          run_.checkpoints() / "step-000000003 (1).safetensors");
  save(2);
  EXPECT_EQ(newest()->head.state.step, 2u);
  ASSERT_EQ(said_.size(), 1u);
  EXPECT_NE(said_[0].find("step-000000003 (1).safetensors"), std::string::npos) << said_[0];
}

TEST_F(RunFolderTest, SaysWhenTheCheckpointThatWasSavedLastIsGone) {
  save(3);
  store::write_pointer(run_.path(), {8, 0});
  EXPECT_EQ(newest()->head.state.step, 3u);
  ASSERT_EQ(said_.size(), 1u);
  EXPECT_NE(said_[0].find(run_.checkpoint(8).string()), std::string::npos) << said_[0];
}

TEST_F(RunFolderTest, TakesANewerOneThatWaitsOnThisMachine) {
  save(3);
  save(5, run_.local().path / store::checkpoint_name(5));
  EXPECT_EQ(newest()->head.state.step, 5u);
  EXPECT_TRUE(said_.empty());
}

TEST_F(RunFolderTest, RefusesToStartAnewWhereASavedCheckpointIsNotShown) {
  EXPECT_FALSE(newest());
  store::write_pointer(run_.path(), {8, 0});
  EXPECT_THROW(newest(), BadInput);
}

TEST_F(RunFolderTest, RefusesToStartAnewOverCheckpointsThatAreAllDamaged) {
  save(3);
  overwrite(3, "rubbish");
  EXPECT_THROW(newest(), BadInput);
}

// Which libraries' functions the program calls: pip's LibTorch exports functions of std::filesystem
// that can't be called.
TEST(Libraries, FilesystemIsThatOfTheSystemsStandardLibrary) {
  std::uintmax_t (*const remove_all)(const std::filesystem::path&, std::error_code&) =
      &std::filesystem::remove_all;
  Dl_info found{};
  ASSERT_NE(::dladdr(reinterpret_cast<void*>(remove_all), &found), 0);
  EXPECT_NE(std::string(found.dli_fname).find("libstdc++"), std::string::npos) << found.dli_fname;
}

}  // namespace

}  // namespace rod::trainer
