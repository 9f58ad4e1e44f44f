// Decorators for files on mounted drives: reads are retried, and calls that hang end by a timeout.
#pragma once

#include <chrono>
#include <memory>

#include "io/random_access_file.h"
#include "io/retry.h"

namespace rod::io {

// Opens `path` with `open`, and retries opening and reading with retry(). After a failure the file
// is reopened, because a descriptor of a lost mount never works again. If `policy.log_every_try` is
// false, `log` is also called when the file works again. Throws what retry() and `open` throw;
// BadInput if the size differs after reopening.
std::shared_ptr<const RandomAccessFile> open_retrying(const std::filesystem::path& path,
                                                      FileOpener open, Retrying how);

// The same for a local file, which must not change: see unchanged_file_opener().
std::shared_ptr<const RandomAccessFile> open_retrying(const std::filesystem::path& path,
                                                      Retrying how);

// Returns an opener whose files are opened with `open`. Opening, reading and closing never take
// longer than `timeout`; a call that does throws SystemError(ETIMEDOUT), for which is_transient()
// is true, and its thread is abandoned. `stop` is called during waits. Only one call runs at a
// time, so a drive that hangs for hours costs one thread per `timeout`.
FileOpener with_timeout(FileOpener open, std::chrono::milliseconds timeout, StopCheck stop);

}  // namespace rod::io
