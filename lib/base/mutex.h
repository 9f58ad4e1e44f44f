// A mutex whose use clang checks (-Wthread-safety): a field marked ROD_GUARDED_BY(mutex_) may only
// be accessed while that mutex is held.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define ROD_THREAD_ANNOTATION(annotation) __attribute__((annotation))
#else
#define ROD_THREAD_ANNOTATION(annotation)
#endif
#define ROD_GUARDED_BY(mutex) ROD_THREAD_ANNOTATION(guarded_by(mutex))
#define ROD_REQUIRES(mutex) ROD_THREAD_ANNOTATION(requires_capability(mutex))

namespace rod {

class ROD_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void lock() ROD_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void unlock() ROD_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds a Mutex from its construction to its destruction.
class ROD_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ROD_THREAD_ANNOTATION(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() ROD_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// wait() takes no predicate, because the analysis does not look into lambdas. Call it in a loop.
class ConditionVariable {
 public:
  void notify_all() { changed_.notify_all(); }
  void wait(Mutex& mutex) ROD_REQUIRES(mutex) { changed_.wait(mutex); }

  // Returns at `time` at the latest.
  void wait_until(Mutex& mutex, std::chrono::steady_clock::time_point time) ROD_REQUIRES(mutex) {
    changed_.wait_until(mutex, time);
  }

 private:
  std::condition_variable_any changed_;
};

}  // namespace rod
