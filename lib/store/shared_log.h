// A log that threads may still call after its owner has closed it.
#pragma once

#include <string>
#include <utility>

#include "base/mutex.h"
#include "io/retry.h"

namespace rod::store {

// Thread-safe.
class SharedLog {
 public:
  explicit SharedLog(io::Log log) : log_(std::move(log)) {}

  void operator()(const std::string& text) {
    const MutexLock lock(mutex_);
    if (log_) log_(text);
  }

  // Waits for a call in progress. Later calls are ignored.
  void close() {
    const MutexLock lock(mutex_);
    log_ = nullptr;
  }

 private:
  Mutex mutex_;
  io::Log log_ ROD_GUARDED_BY(mutex_);
};

}  // namespace rod::store
