// Retries with exponential back-off. This is the only retry loop in the project.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/time_source.h"

namespace rod::io {

// Receives one line of text for the user. Thread-safe.
using Log = std::function<void(const std::string&)>;

// Throws if the work is to stop, and returns at once otherwise. Called every 50 ms during a wait.
// Thread-safe.
using StopCheck = std::function<void()>;

// Returns a check that throws Error(kInterrupted or Error(kTerminated)) after a signal. `next`
// tells the user how to resume.
StopCheck stop_on_signal(const char* next = "run the same command again to resume");

// Whether this value of errno may be temporary: FUSE and network mounts return it while they are
// broken, overloaded or being remounted. Retrying does not help with other errors, such as a
// missing file or a full disk.
bool may_pass(int error_number);

// True for a SystemError whose number may_pass().
bool is_transient(const Error& error);

// A server's request to retry later. is_transient() if `number` may_pass().
class RetryLater : public SystemError {
 public:
  // `wait`: requested by the server; 0 if it gave no time.
  RetryLater(int number, const std::string& cause, const std::string& advice,
             std::chrono::milliseconds wait)
      : SystemError(ErrorKind::kFailed, number, cause, advice), wait_(wait) {}

  std::chrono::milliseconds wait() const { return wait_; }

 private:
  std::chrono::milliseconds wait_;
};

struct RetryPolicy {
  // Consecutive failures are retried until this long after the first of them. 0: never.
  std::chrono::milliseconds give_up_after{0};
  std::chrono::milliseconds first_pause{250}, longest_pause{8000};  // pauses double
  unsigned max_tries = 0;                                           // 0: any number
  bool (*retries)(const Error&) = is_transient;  // whether another try is worthwhile
  bool log_every_try = true;   // false: only the first failure in a row, for outages of hours
  TimeSource* time = nullptr;  // null: steady_time()
};

// The sequence of pauses of a policy.
class Backoff {
 public:
  explicit Backoff(const RetryPolicy& policy)
      : first_(policy.first_pause), longest_(policy.longest_pause), next_(first_) {}

  std::chrono::milliseconds next();
  void reset() { next_ = first_; }

 private:
  std::chrono::milliseconds first_, longest_, next_;
};

// Calls `operation` until it succeeds. A call that was interrupted by a signal (EINTR) is repeated
// at once. After a RetryLater, the pause is at least what the server requested; if that exceeds the
// policy's remaining time, it gives up immediately. Example:
//   retry(policy, stop, log, [&] {
//     if (::stat(path, &status) != 0) throw_errno(path, "find it");
//   });
// `stop` and `log` may be empty. Throws errors of `operation` that the policy does not retry; when
// the policy gives up, an Error of the same kind as the last one that states the number of tries;
// and what `stop` throws.
void retry(const RetryPolicy& policy, const StopCheck& stop, const Log& log,
           const std::function<void()>& operation);

// The first three arguments of retry() as one value.
struct Retrying {
  RetryPolicy policy{};
  StopCheck stop{};
  Log log{};
};
inline void retry(const Retrying& how, const std::function<void()>& operation) {
  retry(how.policy, how.stop, how.log, operation);
}

}  // namespace rod::io
