// How a command retries reads of its source, and where it logs that.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>

#include "base/progress.h"
#include "io/random_access_file.h"
#include "io/retry.h"

namespace rod::prepare {

inline constexpr std::chrono::seconds kDriveRetry{60};  // unless --retry says otherwise

// Logs to standard error, or above the command's progress line while there is one.
class DriveRetry {
 public:
  // Failures in a row are retried for `time`. `quiet`: nothing is logged beside a progress line.
  DriveRetry(std::chrono::seconds time, bool quiet);

  io::Retrying retrying() const;  // may outlive this; any thread
  io::FileOpener opener() const;  // opens local files with io::open_retrying(); may outlive this

  // While it lives, messages go to `progress`.
  class LogTo {
   public:
    LogTo(const DriveRetry& retry, Progress& progress);
    ~LogTo();
    LogTo(const LogTo&) = delete;
    LogTo& operator=(const LogTo&) = delete;

   private:
    const DriveRetry& retry_;
  };

 private:
  struct State {
    bool quiet;
    std::mutex mutex;
    Progress* progress = nullptr;  // guarded by mutex
  };
  const std::chrono::seconds time_;
  const std::shared_ptr<State> state_;
};

}  // namespace rod::prepare
