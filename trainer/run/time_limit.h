// When a process of a run saves and stops, so that its state is safe before --max-time or --until
// is over.
#pragma once

#include <ctime>
#include <optional>

#include "trainer/config.h"
#include "trainer/run/stopwatch.h"

namespace rod::trainer {

class TimeLimit {
 public:
  // --max-time or --until, whichever comes first. `local_now` is what the clock says at `start`;
  // the limit does not move when the clock is set. Errors: kUsage.
  TimeLimit(const TrainConfig& config, Clock::time_point start, std::time_t local_now);

  std::optional<Clock::time_point> end() const { return end_; }  // absent: never

  // Whether what is left at `now` is needed to save. `save`, `step`: seconds that the longest so
  // far has taken; 0: none was.
  bool is_near(Clock::time_point now, double save, double step) const;
  bool is_over(Clock::time_point now) const { return end_ && now >= *end_; }

  // Until when the end of the run, which began at `from`, waits for the drive: a signal leaves
  // little time, a limit what is left of it.
  Clock::time_point end_of_wait(Clock::time_point from, bool signalled) const;

 private:
  const Clock::time_point start_;
  const std::optional<Clock::time_point> end_;
};

}  // namespace rod::trainer
