#include "trainer/checkpoint/checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "io/file.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/small_step.h"
#include "tests/trainer/tiny_dataset.h"

namespace rod::trainer {
namespace {

// A learner after two steps, with the losses of the second pending.
class CheckpointTest : public testing::Test {
 protected:
  void SetUp() override {
    for (std::uint64_t step = 0; step < 2; ++step) {
      losses_.clear();
      losses_.add(learner_.step(1, step, random_batches(learner_.method, 4, step)));
    }
    head_.state = {2, 1, 0.25, 3, 12.5};
    head_.options = result_options(config_);
    head_.fingerprint = "f00d";
    head_.classes = kSmallClasses;
    head_.streams = {{"source", {0, 8}}, {"target", {1, 4}}};
    write(capture_checkpoint(head_, learner_, losses_));
  }

  void write(CapturedCheckpoint checkpoint) const {
    seal_checkpoint(checkpoint);
    write_checkpoint(path_, checkpoint);
  }

  ErrorKind refusal() const {
    try {
      read_checkpoint(path_);
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind{};
  }

  const TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "step.safetensors";
  const TrainConfig config_ = tiny_config("", "");
  Learner learner_ = make_learner(config_, kSmallClasses, torch::kCPU);
  LossHistory losses_;
  CheckpointHead head_;
};

void expect_equal(const NamedTensors& a, const NamedTensors& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_TRUE(torch::equal(a[i].second, b[i].second)) << a[i].first;
  }
}

TEST_F(CheckpointTest, GivesBackWhatItWasGiven) {
  const Checkpoint checkpoint = read_checkpoint(path_);
  EXPECT_EQ(checkpoint.head.state.step, 2u);
  EXPECT_EQ(checkpoint.head.state.evaluated_step, 1u);
  EXPECT_EQ(checkpoint.head.state.best_accuracy, 0.25);
  EXPECT_EQ(checkpoint.head.state.stale_evaluations, 3u);
  EXPECT_EQ(checkpoint.head.state.seconds, 0) << "clocks differ, and equal runs write equal files";
  EXPECT_EQ(checkpoint.head.options, nlohmann::json(head_.options));
  EXPECT_EQ(checkpoint.head.fingerprint, "f00d");
  EXPECT_EQ(checkpoint.head.streams.at("target").n, 4u);

  TrainConfig other_seed = config_;
  other_seed.seed = 9;
  Learner restored = make_learner(other_seed, kSmallClasses, torch::kCPU);
  LossHistory losses;
  restore_learner(checkpoint, restored, losses);
  expect_equal(restored.network->state(), learner_.network->state());
  expect_equal(restored.optimizer->state(), learner_.optimizer->state());
  EXPECT_EQ(losses.names(), losses_.names());
  EXPECT_EQ(losses.means(), losses_.means());
}

TEST_F(CheckpointTest, CarriesTheNamesOfItsClasses) {
  EXPECT_TRUE(read_checkpoint(path_).head.class_names.empty()) << "older ones have none";
  for (std::int64_t i = 0; i < kSmallClasses; ++i) {
    head_.class_names.push_back(fmt::format("class \"{}\"", i));
  }
  write(capture_model(head_, learner_));
  EXPECT_EQ(read_checkpoint(path_).head.class_names, head_.class_names);

  head_.class_names.back() = head_.class_names.front();
  write(capture_model(head_, learner_));
  EXPECT_EQ(refusal(), ErrorKind::kBadInput) << "one name twice";
  head_.class_names.pop_back();
  write(capture_model(head_, learner_));
  EXPECT_EQ(refusal(), ErrorKind::kBadInput) << "a name too few";
}

TEST_F(CheckpointTest, TakesTheSameNextStepAsTheOriginal) {
  Learner restored = make_learner(config_, kSmallClasses, torch::kCPU);
  LossHistory losses;
  restore_learner(read_checkpoint(path_), restored, losses);
  const auto batches = random_batches(learner_.method, 4, 2);
  learner_.step(1, 2, batches);
  restored.step(1, 2, batches);
  expect_equal(restored.network->state(), learner_.network->state());
  expect_equal(restored.optimizer->state(), learner_.optimizer->state());
}

TEST_F(CheckpointTest, NoticesAFlippedBitAnywhere) {
  const std::string whole = io::read_file(path_);
  for (std::size_t at = 0; at < whole.size(); at += at < 4096 ? 37 : whole.size() / 50) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    std::ofstream(path_, std::ios::binary) << flipped;
    EXPECT_EQ(refusal(), ErrorKind::kBadInput) << "byte " << at;
  }
}

TEST_F(CheckpointTest, NoticesThatItIsCut) {
  const std::string whole = io::read_file(path_);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{100}, whole.size() / 2, whole.size() - 1}) {
    std::ofstream(path_, std::ios::binary) << whole.substr(0, size);
    EXPECT_EQ(refusal(), ErrorKind::kBadInput) << size << " bytes";
  }
}

TEST_F(CheckpointTest, RefusesAPositionThatNoStreamHas) {
  for (const char* position : {"1e99", "1.5", "-1", "null"}) {
    shard::Metadata metadata = to_metadata(head_);
    metadata["streams"] = std::string(R"({"source":{"epoch":0,"position":)") + position + "}}";
    EXPECT_THROW(parse_checkpoint_head(metadata, "a file"), BadInput) << position;
  }
}

TEST_F(CheckpointTest, RefusesAnotherNetworksTensors) {
  const Checkpoint checkpoint = read_checkpoint(path_);
  Learner more_classes = make_learner(config_, kSmallClasses + 1, torch::kCPU);
  EXPECT_THROW(restore_network(checkpoint, more_classes.network), BadInput);
  TrainConfig source_only = config_;
  source_only.method = "source-only";
  Learner no_rotation = make_learner(source_only, kSmallClasses, torch::kCPU);
  EXPECT_THROW(restore_network(checkpoint, no_rotation.network), BadInput);
}

TEST_F(CheckpointTest, IsNotMadeOfAStateThatHasDiverged) {
  const torch::NoGradGuard no_gradients;
  learner_.network->state().back().second.fill_(1);
  torch::Tensor weight = learner_.network->head_parameters().front().second;
  weight.view({-1})[0] = std::numeric_limits<float>::quiet_NaN();
  CapturedCheckpoint checkpoint = capture_checkpoint(head_, learner_, losses_);
  try {
    seal_checkpoint(checkpoint);
    FAIL() << "sealed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailed);
    EXPECT_NE(std::string(error.what()).find("step 2"), std::string::npos) << error.what();
  }
}

TEST_F(CheckpointTest, IsTheSameInMemoryThatIsUsedAgain) {
  const std::string before = io::read_file(path_);
  Learner other = make_learner(tiny_config("", ""), kSmallClasses, torch::kCPU);
  write(capture_checkpoint(head_, learner_, losses_, capture_model(head_, other).tensors));
  EXPECT_EQ(io::read_file(path_), before);
}

TEST_F(CheckpointTest, LeavesOptimiserAndLossesOutOfAModel) {
  write(capture_model(head_, learner_));
  const Checkpoint model = read_checkpoint(path_);
  EXPECT_EQ(model.tensors.size(), learner_.network->state().size());
  Network network(network_options(config_, kSmallClasses));
  restore_network(model, network);
  expect_equal(network->state(), learner_.network->state());
}

}  // namespace
}  // namespace rod::trainer
