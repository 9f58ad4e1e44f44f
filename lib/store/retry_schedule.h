// When the publisher touches the run folder next: for checkpoints, for small files, and to sign the
// lock.
#pragma once

#include <algorithm>
#include <chrono>

#include "io/retry.h"
#include "store/run_lock.h"

namespace rod::store {

// Times are given, not asked for. Not shared between threads.
class RetrySchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kFilesEvery{2};
  static constexpr io::RetryPolicy kPauses{.first_pause = std::chrono::seconds(1),
                                           .longest_pause = std::chrono::seconds(60)};

  explicit RetrySchedule(Time now) : beat_at_(now + kLockBeats) {}

  // The next time. `hurry`: small files wait for no more than the end of a pause.
  Time due(bool checkpoints, bool files, bool hurry) const {
    if (checkpoints) return std::min(beat_at_, retry_at_);
    if (files) return std::min(beat_at_, hurry ? retry_at_ : std::max(retry_at_, files_at_));
    return beat_at_;
  }
  bool beat_due(Time now) const { return now >= beat_at_; }

  void beaten(Time now) { beat_at_ = now + kLockBeats; }
  void files_flushed(Time now) { files_at_ = now + kFilesEvery; }

  // The run folder has failed: nothing is tried until the pause is over.
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
