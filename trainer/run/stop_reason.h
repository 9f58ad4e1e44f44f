// Why and when a run stops early. All processes agree on the reason, and the state is saved before
// --max-time or --until is reached.
#pragma once

#include <ctime>
#include <optional>
#include <string>

#include "base/error.h"
#include "trainer/config.h"
#include "trainer/process_group/process_group.h"
#include "trainer/run/stopwatch.h"

namespace rod::trainer {

// In ascending order of priority.
enum class StopReason { kNone, kTimeLimit, kInterrupted, kTerminated };

// Returns the reason given by this process's signals; never kTimeLimit.
StopReason signal_reason();

// Returns the highest reason of any process. All processes of `group` call it together. It is one
// small all-reduce on the CPU, for which no GPU waits. Throws the group's errors.
StopReason agree_on_stop(ProcessGroup& group, StopReason own);

// Returns the exit code for `reason`. Requires: reason != kNone.
ErrorKind error_kind(StopReason reason);

// "stopped by SIGINT", "stopped by SIGINT to another process", "stopped at the time limit".
std::string describe_stop(StopReason reason);

// Returns the next time after `now` at which this machine's clock shows `clock` (HH:MM), with date
// and time zone: "2026-01-10 21:00 CET (UTC+0100)". Throws Error(kUsage).
std::string shown_until(const std::string& clock, std::time_t now);

// When a process saves and stops, so that its state is saved before the limit is reached.
class TimeLimit {
 public:
  // --max-time or --until, whichever comes first. `local_now` is the clock's time at `start`;
  // setting the clock later does not move the limit. Throws Error(kUsage).
  TimeLimit(const TrainConfig& config, Clock::time_point start, std::time_t local_now);

  std::optional<Clock::time_point> end() const { return end_; }  // absent: never

  // Whether the time left at `now` is needed for saving. `save`, `step`: seconds of the longest
  // save and step so far; 0: none yet.
  bool is_near(Clock::time_point now, double save, double step) const;
  bool is_over(Clock::time_point now) const { return end_ && now >= *end_; }

  // Returns until when the end of the run, which began at `from`, waits for the drive: briefly
  // after a signal, and for the remaining time at a time limit.
  Clock::time_point end_of_wait(Clock::time_point from, bool signalled) const;

 private:
  const Clock::time_point start_;
  const std::optional<Clock::time_point> end_;
};

}  // namespace rod::trainer
