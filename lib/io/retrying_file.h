// A file whose reads are tried again, as those of a mounted drive must be.
#pragma once

#include <memory>

#include "io/random_access_file.h"
#include "io/retry.h"

namespace rod::io {

// Opens `path` with `open`, and reads it, as retry() does: after a failure the file is opened anew,
// because a descriptor of a mount that was lost never works again. With `policy.log_every_try` off,
// `log` also hears when it answers again. Throws what retry() and `open` throw; BadInput when the
// file that has come back has another size.
std::shared_ptr<const RandomAccessFile> open_retrying(const std::filesystem::path& path,
                                                      FileOpener open, Retrying how);

// The same for a local file, which must stay the one it was: unchanged_file_opener().
std::shared_ptr<const RandomAccessFile> open_retrying(const std::filesystem::path& path,
                                                      Retrying how);

}  // namespace rod::io
