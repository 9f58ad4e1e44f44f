#include "trainer/learning/evaluate.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/temporary_folder.h"
#include "tests/trainer/tiny_dataset.h"
#include "trainer/input/feed.h"
#include "trainer/learning/learner.h"

namespace rod::trainer {
namespace {

class EvaluateTest : public testing::Test {
 protected:
  void SetUp() override {
    write_tiny_dataset(folder_.path());
    splits_ = open_splits(config_, open_dataset(config_.data));
  }

  std::optional<Evaluation> run(Learner& learner, std::uint32_t batch_size,
                                std::uint64_t max_batches = 0) {
    return evaluate(learner.network, splits_.target, torch::kCPU, {batch_size, max_batches, 2},
                    [] { return false; });
  }

  Learner learner() const { return make_learner(config_, kTinyClasses, torch::kCPU); }

  const TemporaryFolder folder_;
  const TrainConfig config_ = tiny_config(folder_.path(), "");
  Splits splits_;
};

TEST_F(EvaluateTest, SeesEverySampleOnce) {
  Learner fresh = learner();
  const auto evaluation = run(fresh, 4);
  EXPECT_EQ(evaluation->samples(), kTinyTarget);
  EXPECT_EQ(evaluation->samples(0), 6u);
  EXPECT_EQ(evaluation->samples(2), 5u);
}

TEST_F(EvaluateTest, AnswersTheSameInBatchesOfAnySize) {
  Learner fresh = learner();
  const auto confusion = run(fresh, 4)->confusion;
  EXPECT_EQ(run(fresh, 5)->confusion, confusion);
  EXPECT_EQ(run(fresh, 100)->confusion, confusion);
}

TEST_F(EvaluateTest, KeepsTheFeaturesOfEvenlySpacedSamples) {
  Learner fresh = learner();
  std::vector<torch::Tensor> batches;
  ASSERT_TRUE(for_each_output(
      fresh.network, splits_.target, torch::kCPU, {5, 0, 2}, [] { return false; },
      [&](const Outputs& outputs) { batches.push_back(outputs.feat.clone()); }));
  const torch::Tensor all = torch::cat(batches);
  for (const std::int64_t most : {std::int64_t{1}, std::int64_t{6}, std::int64_t{1000}}) {
    EvaluateOptions options{4, 0, 2};
    options.keep_features = most;
    const auto evaluation =
        evaluate(fresh.network, splits_.target, torch::kCPU, options, [] { return false; });
    ASSERT_EQ(evaluation->features.size(0), std::min(most, std::int64_t{kTinyTarget}));
    EXPECT_TRUE(torch::allclose(evaluation->features, all.index_select(0, evaluation->featured),
                                1e-4, 1e-5));
  }
  EXPECT_FALSE(run(fresh, 4)->features.defined());
}

TEST_F(EvaluateTest, StopsAfterTheBatchesItWasGiven) {
  Learner fresh = learner();
  EXPECT_EQ(run(fresh, 4, 2)->samples(), 8u);
  EXPECT_EQ(run(fresh, 4, 99)->samples(), kTinyTarget);
}

TEST_F(EvaluateTest, CountsByTheLabelsThatItWasGiven) {
  Learner fresh = learner();
  const auto confusion = run(fresh, 4)->confusion;
  const auto evaluation = evaluate(
      fresh.network, open_split(config_.data, open_dataset(config_.data), "ROD", {2, 0, 1}),
      torch::kCPU, {4, 0, 2}, [] { return false; });
  EXPECT_EQ(evaluation->confusion[2], confusion[0]);
  EXPECT_EQ(evaluation->confusion[0], confusion[1]);
  EXPECT_EQ(evaluation->confusion[1], confusion[2]);
  EXPECT_EQ(evaluation->not_scored, 0u);
}

TEST_F(EvaluateTest, DoesNotScoreClassesThatTheNetworkDoesNotKnow) {
  Learner fresh = learner();
  const auto evaluation = evaluate(
      fresh.network, open_split(config_.data, open_dataset(config_.data), "ROD", {0, -1, 2}),
      torch::kCPU, {4, 0, 2}, [] { return false; });
  EXPECT_EQ(evaluation->samples(), kTinyTarget - 6);
  EXPECT_EQ(evaluation->samples(1), 0u);
  EXPECT_EQ(evaluation->not_scored, 6u);
}

TEST_F(EvaluateTest, RefusesAnswersOfADeviceThatAreNoClass) {
  for (const std::int64_t answer : {std::int64_t{-1}, std::int64_t{kTinyClasses}, INT64_MAX}) {
    const torch::Tensor answers = torch::zeros({std::int64_t{kTinyTarget}}, torch::kLong);
    EXPECT_EQ(count_answers(*splits_.target, kTinyClasses, answers).samples(), kTinyTarget);
    answers[5] = answer;
    try {
      count_answers(*splits_.target, kTinyClasses, answers);
      FAIL() << answer;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFailed);
      EXPECT_NE(std::string(error.what()).find("ROD, sample 5"), std::string::npos) << error.what();
    }
  }
}

TEST_F(EvaluateTest, GivesNothingWhenItWasStopped) {
  Learner fresh = learner();
  EXPECT_FALSE(
      evaluate(fresh.network, splits_.target, torch::kCPU, {4, 0, 1}, [] { return true; }));
}

TEST_F(EvaluateTest, LeavesTheNextStepAsItWouldHaveBeen) {
  Learner undisturbed = learner(), evaluated = learner();
  Feed feed(undisturbed.method.streams, splits_, config_, torch::kCPU, 0);
  const auto batches = feed.next();
  run(evaluated, 4);
  undisturbed.step(1, 0, batches);
  evaluated.step(1, 0, batches);
  const NamedTensors a = undisturbed.network->state(), b = evaluated.network->state();
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(torch::equal(a[i].second, b[i].second)) << a[i].first;
  }
}

TEST(Evaluation, CountsWhatWasRight) {
  Evaluation evaluation;
  evaluation.confusion = {{3, 1, 0}, {0, 0, 0}, {1, 1, 2}};
  EXPECT_EQ(evaluation.samples(), 8u);
  EXPECT_EQ(evaluation.accuracy(), 5.0 / 8);
  EXPECT_EQ(evaluation.accuracy(0), 0.75);
  EXPECT_EQ(evaluation.accuracy(2), 0.5);
  EXPECT_FALSE(evaluation.accuracy(1)) << "there was none of this class";
  EXPECT_EQ(to_json(evaluation)["per_class"].dump(), "[0.75,null,0.5]");
}

}  // namespace
}  // namespace rod::trainer
