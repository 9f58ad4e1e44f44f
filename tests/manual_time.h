// A clock for tests: it stands still but for those who wait by it, and waiting takes no time.
#pragma once

#include <atomic>

#include "base/time_source.h"

namespace rod {

class ManualTime : public TimeSource {
 public:
  Time now() const override { return Time(passed()); }
  void sleep(std::chrono::milliseconds time) override { passed_ += time.count(); }

  std::chrono::milliseconds passed() const { return std::chrono::milliseconds(passed_); }

 private:
  std::atomic<std::chrono::milliseconds::rep> passed_{0};
};

}  // namespace rod
