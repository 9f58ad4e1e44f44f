#include "store/retry_schedule.h"

#include <gtest/gtest.h>

namespace rod::store {
namespace {

using namespace std::chrono_literals;

class RetryScheduleTest : public testing::Test {
 protected:
  const RetrySchedule::Time start_ = std::chrono::steady_clock::now();
  RetrySchedule schedule_{start_};
};

TEST_F(RetryScheduleTest, SignsTheLockWhereThereIsNothingElseToDo) {
  EXPECT_EQ(schedule_.due(false, false, false), start_ + kLockBeats);
  EXPECT_FALSE(schedule_.beat_due(start_ + 1s));
  EXPECT_TRUE(schedule_.beat_due(start_ + kLockBeats));
  schedule_.beaten(start_ + 100s);
  EXPECT_EQ(schedule_.due(false, false, false), start_ + 100s + kLockBeats);
}

TEST_F(RetryScheduleTest, TakesCheckpointsAtOnceAndSmallFilesEveryTwoSeconds) {
  schedule_.files_flushed(start_);
  EXPECT_LE(schedule_.due(true, false, false), start_);
  EXPECT_EQ(schedule_.due(false, true, false), start_ + 2s);
  EXPECT_LE(schedule_.due(false, true, /*hurry=*/true), start_);
}

TEST_F(RetryScheduleTest, PausesLongerAfterEachFailureUpToAMinute) {
  for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    schedule_.failed(start_);
    EXPECT_EQ(schedule_.due(true, true, true), start_ + pause);
  }
  schedule_.reset_pause();
  schedule_.failed(start_);
  EXPECT_EQ(schedule_.due(true, true, true), start_ + 1s);
}

TEST_F(RetryScheduleTest, EndsAPauseWhenTheRunEnds) {
  schedule_.failed(start_);
  schedule_.end_pause(start_);
  EXPECT_EQ(schedule_.due(true, false, false), start_);
}

TEST_F(RetryScheduleTest, SignsNoLockDuringAPause) {
  schedule_.failed(start_ + kLockBeats);
  EXPECT_EQ(schedule_.due(false, false, false), start_ + kLockBeats + 1s);
}

}  // namespace
}  // namespace rod::store
