#include "trainer/learning/learning_rate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "tests/trainer/parity_script.h"

namespace rod::trainer {
namespace {

constexpr std::uint64_t kEpochSteps = 5, kSteps = 50;

TrainConfig scheduled(const std::string& schedule, const std::string& warmup = "0") {
  TrainConfig config;
  config.epochs = 9;
  config.schedule = schedule;
  config.warmup = warmup;
  if (schedule == "step") config.step_size = 3;
  return config;
}

std::vector<double> factors(const TrainConfig& config) {
  const LearningRate rate(config, kEpochSteps);
  std::vector<double> all;
  for (std::uint64_t step = 0; step < kSteps; ++step) all.push_back(rate.factor(step));
  return all;
}

bool is_refused(const TrainConfig& config) {
  try {
    require_schedule_options(config);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::kUsage;
  }
  return false;
}

TEST(LearningRate, EqualsPyTorchsSchedulersOverFiftySteps) {
  if (std::string(ROD_TEST_PYTHON).empty()) {
    GTEST_SKIP() << "configure with -DROD_TEST_PYTHON=PYTHON, one that has torch";
  }
  nlohmann::json cases;
  for (const char* schedule : {"constant", "cosine", "step", "inverse"}) {
    for (const char* warmup : {"0", "0.5", "3", "7steps"}) {
      TrainConfig config = scheduled(schedule, warmup);
      // CosineAnnealingLR rises again after its end, and a schedule here does not.
      config.epochs = config.schedule == "cosine" ? 10 : 9;
      cases.push_back({{"schedule", schedule},
                       {"step_size", config.step_size},
                       {"gamma", config.gamma},
                       {"warmup_steps", parse_warmup(warmup).in_steps(kEpochSteps)},
                       {"epoch_steps", kEpochSteps},
                       {"total_steps", config.epochs * kEpochSteps},
                       {"factors", factors(config)}});
    }
  }
  expect_as_in_pytorch(cases);
}

TEST(LearningRate, StaysWhereItsScheduleEnded) {
  const std::vector<double> cosine = factors(scheduled("cosine"));
  EXPECT_GT(cosine[44], 0);
  EXPECT_NEAR(cosine[45], 0, 1e-12);
  EXPECT_EQ(cosine[49], cosine[45]);
  EXPECT_NEAR(factors(scheduled("inverse"))[49], std::pow(11, -.75), 1e-12);
}

TEST(LearningRate, RunsOverItsOwnEpochsWhereTheyAreGiven) {
  TrainConfig config = scheduled("cosine");
  config.schedule_epochs = 2.5;
  EXPECT_GT(factors(config)[12], 0);
  EXPECT_NEAR(factors(config)[13], 0, 1e-12);
}

TEST(LearningRate, IsConstantUnlessAskedOtherwise) {
  EXPECT_TRUE(LearningRate({}, kEpochSteps).constant());
  EXPECT_FALSE(LearningRate(scheduled("cosine"), kEpochSteps).constant());
  EXPECT_FALSE(LearningRate(scheduled("constant", "2steps"), kEpochSteps).constant());
}

TEST(Warmup, IsANumberOfEpochsOrOfSteps) {
  EXPECT_EQ(parse_warmup("5").in_steps(7), 35u);
  EXPECT_EQ(parse_warmup("0.5").in_steps(8), 4u);
  EXPECT_EQ(parse_warmup("500steps").in_steps(7), 500u);
  EXPECT_EQ(parse_warmup("0").in_steps(7), 0u);
}

TEST(ScheduleOptions, RefuseWhatWouldBeIgnoredOrIsNoLength) {
  EXPECT_FALSE(is_refused(scheduled("constant")));
  EXPECT_FALSE(is_refused(scheduled("step")));
  TrainConfig no_size = scheduled("step"), size = scheduled("cosine"), epochs = scheduled("step");
  no_size.step_size = 0;
  size.step_size = 2;
  epochs.schedule_epochs = 2;
  EXPECT_TRUE(is_refused(no_size));
  EXPECT_TRUE(is_refused(size));
  EXPECT_TRUE(is_refused(epochs));
  for (const char* warmup : {"", "soon", "-1", "5 epochs", "steps", "-3steps", "nan", "1e99"}) {
    EXPECT_TRUE(is_refused(scheduled("cosine", warmup))) << warmup;
  }
}

}  // namespace
}  // namespace rod::trainer
