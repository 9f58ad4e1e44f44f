// A file that is hashed while it is read.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "io/random_access_file.h"

namespace rod::io {

struct CheckedFile {
  std::shared_ptr<const RandomAccessFile> file;
  // Reads what was not read yet. Throws BadInput if the whole file's SHA-256 is another one; what
  // reads throw. Returns at once from the second call on.
  std::function<void()> check;
};

// `sha256`: 64 hex digits. Reads that go forward in small steps are hashed on the way; a file that
// is read in another order is read once more by `check`. Throws Error(kUsage) for other digits.
CheckedFile with_sha256(std::shared_ptr<const RandomAccessFile> file, const std::string& sha256);

}  // namespace rod::io
