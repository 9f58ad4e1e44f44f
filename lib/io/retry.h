// What is done when a drive fails: which errors may pass, and how long its calls are tried again.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace rod {

// What FUSE and network mounts answer while they are broken, overloaded, or gone and about to be mounted again. Everything
// else, such as a missing file or a full disk, stays as it is however often it is asked for.
bool may_pass(int error_number);

struct Patience {
  std::chrono::seconds time{0};                   // for which one call may go on failing
  std::function<void(const std::string&)> say{};  // told before each new try, if set; any thread
};

// Makes `call`, which returns 0 or an error number, until it returns 0, with pauses that grow from a quarter of a second to
// eight. Example: patiently("a.tar", "open", patience, [&] { fd = ::open(…); return fd < 0 ? errno : 0; });
// Errors: throw_errno(path, what, …) for what does not pass, or when the time is over; kInterrupted, kTerminated.
void patiently(const std::string& path, const std::string& what, const Patience& patience,
               const std::function<int()>& call);

}  // namespace rod
