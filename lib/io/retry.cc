#include "io/retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/stop.h"
#include "base/units.h"

namespace rod::io {
namespace {

using std::chrono::milliseconds;

void sleep(milliseconds pause, const StopCheck& stop, TimeSource& time) {
  constexpr milliseconds kAskEvery{50};
  const auto end = time.now() + pause;
  do {
    if (stop) stop();
    time.sleep(std::min(pause, kAskEvery));
  } while (time.now() < end);
}

// An error's text without its advice, and the advice.
std::pair<std::string, std::string> parts_of(const Error& error) {
  const auto* system = dynamic_cast<const SystemError*>(&error);
  if (system == nullptr) return {error.what(), ""};
  return {system->cause(), system->advice()};
}

// The pause that the error's source asked for.
milliseconds asked_pause(const Error& error) {
  const auto* later = dynamic_cast<const RetryLater*>(&error);
  return later == nullptr ? milliseconds(0) : later->wait();
}

bool was_interrupted(const Error& error) {
  const auto* system = dynamic_cast<const SystemError*>(&error);
  return system != nullptr && system->number() == EINTR;
}

}  // namespace

StopCheck stop_on_signal(const char* next) {
  return [next] { throw_if_stopped(next); };
}

bool may_pass(int error_number) {
  switch (error_number) {
    case EIO:
    case ENOTCONN:
    case ECONNABORTED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ESTALE:
    case ETIMEDOUT:
    case ENODEV:
    case ENXIO:
    case EREMOTEIO:
    case EAGAIN:
    case EBUSY:
    case ENOMEM:
    case EINTR:
      return true;
    default:
      return false;
  }
}

bool is_transient(const Error& error) {
  const auto* system = dynamic_cast<const SystemError*>(&error);
  return system != nullptr && may_pass(system->number());
}

milliseconds Backoff::next() {
  const milliseconds pause = next_;
  next_ = std::min(2 * next_, longest_);
  return pause;
}

void retry(const RetryPolicy& policy, const StopCheck& stop, const Log& log,
           const std::function<void()>& operation) {
  Backoff backoff(policy);
  TimeSource& time = policy.time == nullptr ? steady_time() : *policy.time;
  std::optional<TimeSource::Time> first_failure;
  for (unsigned tries = 1;;) {
    milliseconds pause;
    try {
      operation();
      return;
    } catch (const Error& error) {
      if (was_interrupted(error)) continue;
      if (!policy.retries(error)) throw;
      const bool first = !first_failure;
      if (first) first_failure = time.now();
      const auto elapsed = std::chrono::duration_cast<milliseconds>(time.now() - *first_failure);
      const auto [cause, advice] = parts_of(error);
      if (policy.give_up_after == milliseconds::zero()) throw;
      if (elapsed >= policy.give_up_after || tries == policy.max_tries) {
        const std::string within =
            elapsed < std::chrono::seconds(1)
                ? ""
                : fmt::format(" within {}",
                              format_duration(std::chrono::duration<double>(elapsed)));
        throw Error(error.kind(),
                    fmt::format("{}, {} times in a row{}{}", cause, tries, within, advice));
      }
      pause = std::max(backoff.next(), asked_pause(error));
      if (pause > policy.longest_pause && pause > policy.give_up_after - elapsed) {
        throw Error(
            error.kind(),
            fmt::format("{} and asks to wait {}, which exceeds the time for retries{}", cause,
                        format_duration(std::chrono::duration<double>(pause)), advice));
      }
      if (log && (first || policy.log_every_try)) {
        log(pause == milliseconds::zero()
                ? fmt::format("{}; trying again", cause)
                : fmt::format("{}; trying again in {:.2g} s", cause,
                              std::chrono::duration<double>(pause).count()));
      }
    }
    sleep(pause, stop, time);
    ++tries;
  }
}

}  // namespace rod::io
