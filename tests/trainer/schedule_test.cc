#include "trainer/run/schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace rod::trainer {
namespace {

Schedule schedule_of(std::uint32_t epochs, std::uint64_t epoch_steps, std::uint64_t max_steps = 0) {
  TrainConfig config;
  config.epochs = epochs;
  config.max_steps = max_steps;
  return Schedule(config, epoch_steps);
}

RunState state_of(std::uint64_t step, std::uint64_t evaluated_step = 0) {
  RunState state;
  state.step = step;
  state.evaluated_step = evaluated_step;
  return state;
}

// The steps from 1 to `last` of which `due` is true.
template <typename Due>
std::vector<std::uint64_t> steps_of(std::uint64_t last, const Due& due) {
  std::vector<std::uint64_t> steps;
  for (std::uint64_t step = 1; step <= last; ++step) {
    if (due(step)) steps.push_back(step);
  }
  return steps;
}

TEST(Schedule, EndsAfterItsEpochsOrItsLargestNumberOfSteps) {
  EXPECT_EQ(schedule_of(3, 7).total_steps(), 21u);
  EXPECT_EQ(schedule_of(3, 7, 10).total_steps(), 10u);
  EXPECT_EQ(schedule_of(3, 7, 100).total_steps(), 21u);
}

TEST(Schedule, CountsEpochsFromOne) {
  const Schedule schedule = schedule_of(3, 7);
  EXPECT_EQ(schedule.epoch(0), 1u);
  EXPECT_EQ(schedule.epoch(1), 1u);
  EXPECT_EQ(schedule.epoch(7), 1u) << "the step that ends an epoch belongs to it";
  EXPECT_EQ(schedule.epoch(8), 2u);
  EXPECT_EQ(schedule.epoch(21), 3u);
}

TEST(Schedule, LogsEveryTenStepsAndAtTheEndOfEachEpochAndOfTheRun) {
  const Schedule schedule = schedule_of(3, 12, 26);
  EXPECT_EQ(steps_of(26, [&](std::uint64_t step) { return schedule.log_due(step); }),
            (std::vector<std::uint64_t>{10, 12, 20, 24, 26}));
}

TEST(Schedule, EvaluatesOnceAtTheEndOfEachEpochAndOfTheRun) {
  const Schedule schedule = schedule_of(3, 12, 26);
  EXPECT_EQ(
      steps_of(26, [&](std::uint64_t step) { return schedule.evaluation_due(state_of(step)); }),
      (std::vector<std::uint64_t>{12, 24, 26}));
  EXPECT_FALSE(schedule.evaluation_due(state_of(12, 12)));
  EXPECT_FALSE(schedule.evaluation_due(state_of(0))) << "an untrained network is not evaluated";
}

TEST(Schedule, IsCompleteWhenItsPatienceIsOver) {
  TrainConfig config;
  config.epochs = 9;
  config.patience = 2;
  const Schedule schedule(config, 5);
  RunState state = state_of(15, 15);
  state.stale_evaluations = 1;
  EXPECT_FALSE(schedule.complete(state));
  state.stale_evaluations = 2;
  EXPECT_TRUE(schedule.complete(state));
  EXPECT_FALSE(schedule_of(9, 5).complete(state)) << "without --patience";
}

TEST(Schedule, IsCompleteWhenTheLastStepIsEvaluated) {
  const Schedule schedule = schedule_of(2, 5);
  EXPECT_FALSE(schedule.complete(state_of(9)));
  EXPECT_FALSE(schedule.complete(state_of(10, 5)));
  EXPECT_TRUE(schedule.complete(state_of(10, 10)));
}

}  // namespace
}  // namespace rod::trainer
