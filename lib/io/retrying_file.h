// A file whose reads are retried, for files on mounted drives.
#pragma once

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

}  // namespace rod::io
