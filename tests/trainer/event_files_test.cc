#include "trainer/tensorboard/event_files.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/crc32.h"
#include "io/file.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/small_step.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/input/splits.h"
#include "trainer/log/run_log.h"
#include "trainer/run/train.h"

namespace rod::trainer {
namespace {

std::set<std::string> event_files(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("events.")) names.insert(name);
  }
  return names;
}

// What the store's thread does.
void bring_home(store::SmallFiles& files, const std::filesystem::path& folder) {
  files.flush_to(folder, /*fresh=*/false, /*sync=*/false);
}

TEST(Crc32, IsTheOneThatItsStandardDefines) {
  EXPECT_EQ(crc32<kIso3309>("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32<kCastagnoli>("123456789"), 0xE3069283u);
}

TEST(EventFiles, StartsANewFileAfterEachCheckpoint) {
  const TemporaryFolder folder;
  const auto files = std::make_shared<store::SmallFiles>();
  EventFiles events(files, {folder.path()}, 1);
  EXPECT_TRUE(events.fresh());
  events.rotate();
  bring_home(*files, folder.path());
  EXPECT_TRUE(event_files(folder.path()).empty()) << "no file without an event";
  events.add(1, {});
  events.add(2, {});
  events.rotate();
  events.add(3, {});
  bring_home(*files, folder.path());
  EXPECT_EQ(event_files(folder.path()),
            (std::set<std::string>{"events.out.tfevents.0000000001.rodtrain",
                                   "events.out.tfevents.0000000002.rodtrain"}));
}

TEST(EventFiles, NeverReopensAFileOfAnEarlierProcess) {
  const TemporaryFolder folder;
  const auto files = std::make_shared<store::SmallFiles>();
  EventFiles(files, {folder.path()}, 1).add(1, {});
  bring_home(*files, folder.path());
  const std::string before = io::read_file(folder / "events.out.tfevents.0000000001.rodtrain");
  const auto later = std::make_shared<store::SmallFiles>();
  EventFiles again(later, {folder.path()}, 1);
  EXPECT_FALSE(again.fresh());
  again.add(1, {});
  bring_home(*later, folder.path());
  EXPECT_EQ(io::read_file(folder / "events.out.tfevents.0000000001.rodtrain"), before);
  EXPECT_EQ(event_files(folder.path()).size(), 2u);
}

class TensorBoard : public testing::Test {
 protected:
  void SetUp() override {
    at::set_num_threads(1);
    write_tiny_dataset(folder_ / "data");
    config_ = tiny_config(folder_ / "data", folder_ / "run");
    config_.resume = true;
    config_.keep = 100;
  }

  void run() const {
    nlohmann::ordered_json report;
    train(config_, open_training_data(config_), "", report);
  }

  void lose_checkpoint(int step) const {
    std::filesystem::remove(folder_ / "run" / "checkpoints" /
                            fmt::format("step-{:09}.safetensors", step));
  }

  // Whether the real TensorBoard finds in the event files what metrics.jsonl says, each step once.
  void expect_readable() const {
    const std::string command = fmt::format("'{}' '{}/check_events.py' '{}'", ROD_TEST_PYTHON,
                                            ROD_TRAINER_TESTS, (folder_ / "run").string());
    const int status =
        std::string(ROD_TEST_PYTHON).empty() ? 77 << 8 : std::system(command.c_str());
    if (status == 77 << 8) GTEST_SKIP() << "there is no Python with tensorboard and pillow";
    EXPECT_EQ(status, 0) << command;
  }

  const TemporaryFolder folder_;
  TrainConfig config_;
};

TEST_F(TensorBoard, ReadsARunThatWentThrough) {
  run();
  expect_readable();
}

TEST_F(TensorBoard, ReadsNoStepTwiceAfterAResume) {
  config_.save_every.steps = 3;
  config_.max_steps = 11;
  run();
  // As a kill after step 9 would have left it, twice.
  for (const int step : {10, 11}) lose_checkpoint(step);
  config_.max_steps = 12;
  run();
  for (const int step : {10, 12}) lose_checkpoint(step);
  config_.max_steps = 0;
  run();
  expect_readable();
}

TEST_F(TensorBoard, ReadsNoEvaluationTwiceThatNoCheckpointKnowsOf) {
  const RunFolder folder(config_.logdir);
  const Method& method = find_method(config_.method);
  Evaluation evaluation;
  evaluation.confusion = {{2, 1, 0}, {0, 3, 0}, {1, 1, 1}};
  const MetricsRow losses{{"step", 5}, {"epoch", 1}, {"time", 1}, {"lr", 0.5}, {"loss.cls", 2}};
  const MetricsRow accuracies{{"step", 5},
                              {"epoch", 1},
                              {"time", 1},
                              {"accuracy.ROD", 0.25},
                              {"accuracy.synROD-test", 0.5}};
  RunState state;
  for (state.step = 0; state.step <= 5; state.step += 5) {
    const auto files = std::make_shared<store::SmallFiles>();
    RunLog log(files, folder, config_, state, {"step"});
    log.show_batch(state.step + 1, method.streams, random_batches(method, 2, 1));
    if (state.step == 0) log.add(losses);  // a line that the second process keeps
    log.rotate();
    log.add(accuracies, {{"ROD", evaluation}, {"synROD-test", evaluation}});
    bring_home(*files, folder.path());
  }
  expect_readable();
}

TEST_F(TensorBoard, ReadsARunWhoseLastRecordIsTorn) {
  config_.max_steps = 7;
  run();
  const auto files = event_files(folder_ / "run");
  const auto last = folder_ / "run" / *files.rbegin();
  std::filesystem::resize_file(last, std::filesystem::file_size(last) - 3);
  config_.max_steps = 0;
  run();
  expect_readable();
}

}  // namespace
}  // namespace rod::trainer
