#include <gtest/gtest.h>

#include "base/error.h"
#include "trainer/run/stop_reason.h"

namespace rod::trainer {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Clock::time_point kStart{};

std::time_t local_time(int hour, int minute) {
  std::tm local{};
  local.tm_year = 124;
  local.tm_mon = 0;
  local.tm_mday = 10;
  local.tm_hour = hour;
  local.tm_min = minute;
  local.tm_isdst = -1;
  return std::mktime(&local);
}

TimeLimit limit_of(double max_time, const std::string& until, std::time_t now) {
  TrainConfig config;
  config.max_time = max_time;
  config.until = until;
  return {config, kStart, now};
}

Clock::duration wait_for(const std::string& until, std::time_t now) {
  return *limit_of(0, until, now).end() - kStart;
}

TEST(TimeLimit, IsTheNextTimeTheClockShowsIt) {
  EXPECT_EQ(wait_for("21:00", local_time(20, 30)), minutes(30));
  EXPECT_EQ(wait_for("06:05", local_time(23, 5)), minutes(7 * 60));
  EXPECT_EQ(wait_for("12:00", local_time(12, 0)), minutes(24 * 60));
}

TEST(TimeLimit, ShowsTheMomentWithItsZone) {
  const std::string text = shown_until("06:05", local_time(23, 5));
  EXPECT_EQ(text.find("2024-01-11 06:05 "), 0u) << text;
  EXPECT_NE(text.find(" (UTC"), std::string::npos) << text;
}

TEST(TimeLimit, IsTheEarlierOfTheTwo) {
  const std::time_t noon = local_time(12, 0);
  EXPECT_FALSE(limit_of(0, "", noon).end());
  EXPECT_EQ(limit_of(60, "", noon).end(), kStart + seconds(60));
  EXPECT_EQ(limit_of(60, "12:30", noon).end(), kStart + seconds(60));
  EXPECT_EQ(limit_of(3600, "12:30", noon).end(), kStart + minutes(30));
}

TEST(TimeLimit, RefusesATimeThatNoClockShows) {
  for (const char* text : {"25:00", "12:60", "12", "noon", "12:30pm", "-1:10"}) {
    try {
      wait_for(text, local_time(12, 0));
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage) << text;
    }
  }
}

TEST(TimeLimit, IsNearWhenASaveAndTwoStepsJustFit) {
  const TimeLimit limit = limit_of(100, "", 0);
  const auto near = [&](milliseconds before_end, double save, double step) {
    return limit.is_near(*limit.end() - before_end, save, step);
  };
  EXPECT_FALSE(near(milliseconds(21000), 10, 2));
  EXPECT_TRUE(near(milliseconds(19000), 10, 2));  // 1.5 saves, 2 steps and a little more
  EXPECT_FALSE(near(milliseconds(3400), 0, 0));   // no save was measured yet
  EXPECT_TRUE(near(milliseconds(3200), 0, 0));
  EXPECT_FALSE(near(milliseconds(51000), 1000, 0));  // at most half of the limit is reserve
  EXPECT_TRUE(near(milliseconds(49000), 1000, 0));
  EXPECT_FALSE(limit_of(0, "", 0).is_near(kStart + minutes(600), 10, 2));
}

TEST(TimeLimit, WaitsForTheDriveAsLongAsThereIsTime) {
  const TimeLimit none = limit_of(0, "", 0), limit = limit_of(100, "", 0);
  EXPECT_EQ(none.end_of_wait(kStart, false), kStart + minutes(10));
  EXPECT_EQ(none.end_of_wait(kStart, true), kStart + seconds(6));
  EXPECT_EQ(limit.end_of_wait(kStart + seconds(80), false), kStart + seconds(100));
  EXPECT_EQ(limit.end_of_wait(kStart + seconds(80), true), kStart + seconds(86));
  EXPECT_EQ(limit.end_of_wait(kStart + seconds(200), false), kStart + seconds(201));
  EXPECT_FALSE(limit.is_over(kStart + seconds(99)));
  EXPECT_TRUE(limit.is_over(kStart + seconds(100)));
}

}  // namespace
}  // namespace rod::trainer
