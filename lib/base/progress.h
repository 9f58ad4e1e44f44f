// Progress of a counted job on one status line: items done, rate and time left.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/status_line.h"
#include "base/time_source.h"

namespace rod {

// Example: Progress progress("extract", "files", 154610, 9'000'000'000, quiet);
//          progress.add(1, size); …; progress.finish();
// prints   extract  42%  65,012/154,610 files  3.8 GB  61.2 MB/s  time left 1 min 25 s
class Progress {
 public:
  // `total_bytes` is 0 if the number of bytes is unknown or irrelevant; rate and time left then
  // count items. `total_items` is 0 if the end is unknown; then only counts and the rate are shown.
  // `time` outlives the progress.
  Progress(std::string verb, std::string unit, std::uint64_t total_items, std::uint64_t total_bytes,
           bool quiet, const TimeSource& time = steady_time());

  // Adds work of an earlier run, which counts as done but not towards the rate. Requires: add() was
  // not called yet.
  void start_from(std::uint64_t items, std::uint64_t bytes);

  // Thread-safe.
  void add(std::uint64_t items, std::uint64_t bytes = 0);
  void say(const std::string& text) { line_.say(text); }

  // Ends the line with a summary of counts, time and mean rate.
  void finish();

 private:
  std::string text(bool finished) const;

  const std::string verb_, unit_;
  const std::uint64_t total_items_, total_bytes_;
  const TimeSource& time_;
  const TimeSource::Time start_ = time_.now();
  std::uint64_t first_item_ = 0, first_byte_ = 0;
  std::atomic<std::uint64_t> items_{0}, bytes_{0};
  StatusLine line_;
};

}  // namespace rod
