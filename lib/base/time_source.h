// The clock of retries and progress lines. Tests pass one on which waiting takes no time.
#pragma once

#include <chrono>
#include <thread>

namespace rod {

// Thread-safe.
class TimeSource {
 public:
  using Time = std::chrono::steady_clock::time_point;

  virtual ~TimeSource() = default;

  virtual Time now() const = 0;
  virtual void sleep(std::chrono::milliseconds time) = 0;
};

class SteadyTime : public TimeSource {
 public:
  Time now() const override { return std::chrono::steady_clock::now(); }
  void sleep(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }
};

// Returns the machine's steady clock.
inline TimeSource& steady_time() {
  static SteadyTime time;
  return time;
}

}  // namespace rod
