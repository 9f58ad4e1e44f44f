// How the project tries again what a drive has failed at: the only back-off loop there is.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/error.h"

namespace rod::io {

// Called with one line of text for people. Any thread.
using Log = std::function<void(const std::string&)>;

// Throws when the work is to end, else returns at once. Asked every 50 ms while something waits.
// Any thread.
using StopCheck = std::function<void()>;

// Throws Error(kInterrupted or kTerminated) after a signal; `next` says what to type to go on.
StopCheck stop_on_signal(const char* next = "run the same command again to go on");

// Whether this value of errno is one that FUSE and network mounts answer while they are broken,
// overloaded, or about to be mounted again. Everything else, such as a missing file or a full disk,
// stays as it is however often it is tried.
bool may_pass(int error_number);

// True for a SystemError whose number may_pass().
bool is_transient(const Error& error);

struct RetryPolicy {
  // Failures in a row are tried again until this long after the first of them; 0: never.
  std::chrono::milliseconds give_up_after{0};
  std::chrono::milliseconds first_pause{250}, longest_pause{8000};  // pauses double
  unsigned max_tries = 0;                                           // 0: any number
  bool (*retries)(const Error&) = is_transient;  // whether another try is worthwhile
  bool log_every_try = true;  // false: only the first failure in a row, for outages of hours
};

// The pauses of a policy, one after another.
class Backoff {
 public:
  explicit Backoff(const RetryPolicy& policy)
      : first_(policy.first_pause), longest_(policy.longest_pause), next_(first_) {}

  std::chrono::milliseconds next();
  void reset() { next_ = first_; }

 private:
  std::chrono::milliseconds first_, longest_, next_;
};

// Calls `operation` until it returns. A call that a signal interrupted (EINTR) is repeated at once.
// Example:
//   retry(policy, stop, log, [&] {
//     if (::stat(path, &status) != 0) throw_errno(path, "find it");
//   });
// Throws what `operation` throws and the policy does not retry; when the policy gives up, an Error
// of the last one's kind that says how often it was tried; what `stop` throws. `stop` and `log` may
// be empty.
void retry(const RetryPolicy& policy, const StopCheck& stop, const Log& log,
           const std::function<void()>& operation);

// The first three, to be handed down together.
struct Retrying {
  RetryPolicy policy{};
  StopCheck stop{};
  Log log{};
};
inline void retry(const Retrying& how, const std::function<void()>& operation) {
  retry(how.policy, how.stop, how.log, operation);
}

}  // namespace rod::io
