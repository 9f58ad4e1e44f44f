// Timeouts for files whose calls may hang. Each call runs on its own thread, which is abandoned if
// the call does not return in time.
#pragma once

#include <chrono>

#include "io/random_access_file.h"
#include "io/retry.h"

namespace rod::io {

// Returns an opener whose files are opened with `open`. Opening, reading and closing never take
// longer than `timeout`; a call that does throws SystemError(ETIMEDOUT), for which is_transient()
// is true, and its thread is abandoned. `stop` is called during waits. Only one call runs at a
// time, so a drive that hangs for hours costs one thread per `timeout`.
FileOpener with_timeout(FileOpener open, std::chrono::milliseconds timeout, StopCheck stop);

}  // namespace rod::io
