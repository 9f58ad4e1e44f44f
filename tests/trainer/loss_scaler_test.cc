#include "trainer/learning/loss_scaler.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/small_step.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/learning/learner.h"

namespace rod::trainer {
namespace {

struct Scaler : LossScaler {
  Scaler() : LossScaler(torch::kCPU) {}
  double value() const { return scale().item<double>(); }
  void update(bool finite, int times = 1) {
    for (int i = 0; i < times; ++i) LossScaler::update(torch::full({}, finite, torch::kBool));
  }
};

TEST(LossScaler, HalvesAtAnOverflowAndDoublesAfterTwoThousandStepsWithout) {
  Scaler scaler;
  EXPECT_EQ(scaler.value(), 65536);
  scaler.update(false);
  EXPECT_EQ(scaler.value(), 32768);
  scaler.update(true, 1999);
  EXPECT_EQ(scaler.value(), 32768);
  scaler.update(true);
  EXPECT_EQ(scaler.value(), 65536);
}

TEST(LossScaler, CountsAnewAfterAnOverflow) {
  Scaler scaler;
  scaler.update(true, 1999);
  scaler.update(false);
  scaler.update(true);
  EXPECT_EQ(scaler.value(), 32768);
  scaler.update(true, 1998);
  EXPECT_EQ(scaler.value(), 32768);
  scaler.update(true);
  EXPECT_EQ(scaler.value(), 65536);
}

TEST(LossScaler, GivesUpWhenNothingHelps) {
  Scaler scaler;
  scaler.update(false, 26);
  scaler.require_use();
  scaler.update(false, 10);
  try {
    scaler.require_use();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailed);
    EXPECT_NE(std::string(error.what()).find("--amp bf16"), std::string::npos);
  }
}

TEST(LossScaler, GoesOnFromItsState) {
  Scaler before, after;
  before.update(false);
  before.update(true, 1500);
  after.state().front().second.copy_(before.state().front().second);
  after.update(true, 500);
  EXPECT_EQ(after.value(), 65536);
}

class ScaledStep : public testing::Test {
 protected:
  Learner learner(bool scaled) const {
    Learner learner = make_learner(config_, kTinyClasses, torch::kCPU);
    if (scaled) learner.scaler.emplace(torch::kCPU);
    return learner;
  }

  static std::vector<torch::Tensor> weights(Learner& learner) {
    std::vector<torch::Tensor> all;
    for (const torch::Tensor& parameter : learner.network->parameters()) {
      all.push_back(parameter.detach().clone());
    }
    return all;
  }

  std::vector<Minibatch> batches() const {
    auto all = random_batches(find_method(config_.method), 6);
    for (Minibatch& batch : all) batch.label = batch.label.remainder(std::int64_t{kTinyClasses});
    return all;
  }

  const TrainConfig config_ = tiny_config("", "");
};

// In float32 a power of two neither rounds nor overflows: the scale must leave no trace.
TEST_F(ScaledStep, IsTheUnscaledStepBitForBit) {
  Learner plain = learner(false), scaled = learner(true);
  for (std::uint64_t step = 0; step < 3; ++step) {
    plain.step(1, step, batches());
    scaled.step(1, step, batches());
  }
  const auto a = weights(plain), b = weights(scaled);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i].equal(b[i])) << i;
}

TEST_F(ScaledStep, LeavesWeightsAndMomentumAloneWhenGradientsOverflow) {
  Learner scaled = learner(true);
  scaled.step(1, 0, batches());
  const auto before = weights(scaled);
  std::vector<torch::Tensor> momentum;
  for (const auto& [name, tensor] : scaled.optimizer->state()) momentum.push_back(tensor.clone());
  auto broken = batches();
  broken[0].rgb[0][0][0][0] = std::numeric_limits<float>::infinity();
  scaled.step(1, 1, broken);
  EXPECT_EQ(scaled.scaler->scale().item<double>(), 32768);
  const auto after = weights(scaled);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(before[i].equal(after[i])) << i;
  std::size_t i = 0;
  for (const auto& [name, tensor] : scaled.optimizer->state())
    EXPECT_TRUE(tensor.equal(momentum[i++])) << name;
}

TEST_F(ScaledStep, KeepsItsScaleInTheCheckpoint) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "step.safetensors";
  Learner before = learner(true), after = learner(true);
  before.scaler->update(torch::zeros({}, torch::kBool));
  CheckpointHead head;
  head.options = result_options(config_);
  head.classes = kTinyClasses;
  CapturedCheckpoint checkpoint = capture_checkpoint(head, before, {});
  seal_checkpoint(checkpoint);
  write_checkpoint(path, checkpoint);
  LossHistory losses;
  restore_learner(read_checkpoint(path), after, losses);
  EXPECT_EQ(after.scaler->scale().item<double>(), 32768);
}

TEST(HalfPrecision, NeedsAGpu) {
  TrainConfig config = tiny_config("", "");
  config.amp = "fp16";
  try {
    make_learner(config, kTinyClasses, torch::kCPU);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("bf16"), std::string::npos);
  }
}

}  // namespace
}  // namespace rod::trainer
