// Measures the rate of steps, without pauses.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace rod::trainer {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Example: watch.restart(feed.waited()); …steps…; watch.count_step(); watch.steps_per_second().
class Stopwatch {
 public:
  // `waited`: Feed::waited() at this time.
  void restart(double waited) {
    start_ = Clock::now();
    steps_ = 0;
    waited_before_ = waited;
  }
  void count_step() { ++steps_; }
  std::uint64_t steps() const { return steps_; }
  double steps_per_second() const { return double(steps_) / seconds(); }
  double waited_share(double waited) const { return (waited - waited_before_) / seconds(); }

 private:
  double seconds() const { return std::max(seconds_since(start_), 1e-9); }

  Clock::time_point start_ = Clock::now();
  std::uint64_t steps_ = 0;
  double waited_before_ = 0;
};

}  // namespace rod::trainer
