// When the publisher next accesses the run folder: for checkpoints, for small files, and to refresh
// the lock.
#pragma once

#include <algorithm>
#include <chrono>

#include "io/retry.h"
#include "store/run_lock.h"

namespace rod::store {

// The caller passes the time; no clock is read. Not thread-safe.
class RetrySchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kFilesEvery{2};
  static constexpr io::RetryPolicy kPauses{.first_pause = std::chrono::seconds(1),
                                           .longest_pause = std::chrono::seconds(60)};

  explicit RetrySchedule(Time now) : beat_at_(now + kLockBeats) {}

  // Returns the time of the next access. `hurry`: small files only wait for the end of a pause.
  Time due(bool checkpoints, bool files, bool hurry) const {
    if (checkpoints) return std::min(beat_at_, retry_at_);
    if (files) return std::min(beat_at_, hurry ? retry_at_ : std::max(retry_at_, files_at_));
    return beat_at_;
  }
  bool beat_due(Time now) const { return now >= beat_at_; }

  void beaten(Time now) { beat_at_ = now + kLockBeats; }
  void files_flushed(Time now) { files_at_ = now + kFilesEvery; }

  // The run folder has failed: nothing is tried until the next pause is over.
  void failed(Time now) {
    retry_at_ = files_at_ = now + backoff_.next();
    beat_at_ = std::max(beat_at_, retry_at_);
  }
  void reset_pause() { backoff_.reset(); }
  void end_pause(Time now) { retry_at_ = now; }

 private:
  io::Backoff backoff_{kPauses};
  Time retry_at_{}, files_at_{}, beat_at_;
};

}  // namespace rod::store
