// A file whose calls may hang: each runs on a thread of its own, and one that does not return in
// time is left behind.
#pragma once

#include <chrono>

#include "io/random_access_file.h"
#include "io/retry.h"

namespace rod::io {

// Opens files with `open`. Opening, reading and closing them never takes longer than `timeout`:
// then the call throws a SystemError(ETIMEDOUT), which is_transient(), and its thread is left
// behind. `stop` is asked while a call is waited for. One call at a time is under way, so that a
// drive which hangs for hours costs one thread per `timeout`.
FileOpener with_timeout(FileOpener open, std::chrono::milliseconds timeout, StopCheck stop);

}  // namespace rod::io
