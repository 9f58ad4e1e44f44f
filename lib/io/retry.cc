#include "base/patience.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include "base/error.h"
#include "base/stop.h"

namespace rod {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{250}, kLongestPause{8000};

}  // namespace

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

void patiently(const std::string& path, const std::string& what, const Patience& patience,
               const std::function<int()>& call) {
  milliseconds next_pause = kFirstPause;
  std::optional<Clock::time_point> deadline;  // set by the first failure
  while (const int error_number = call()) {
    if (error_number == EINTR) continue;
    const auto now = Clock::now();
    if (!deadline) deadline = now + patience.time;
    if (!may_pass(error_number) || now >= *deadline) throw_errno(path, what, error_number);
    if (patience.say) {
      patience.say(fmt::format("{}: can't {}: {}; trying again in {:.2g} s", path, what,
                               std::generic_category().message(error_number),
                               std::chrono::duration<double>(next_pause).count()));
    }
    pause(next_pause, "run the same command again to go on");
    next_pause = std::min(2 * next_pause, kLongestPause);
  }
}

}  // namespace rod
