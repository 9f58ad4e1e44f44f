// The hash of a whole file, and a file that is hashed while it is read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/hash.h"
#include "io/random_access_file.h"

namespace rod::io {

struct FileHash {
  std::uint64_t bytes = 0;
  Hash128 hash;  // XXH3-128

  bool operator==(const FileHash&) const = default;
};

// Returns size and hash of the whole file, which is read in pieces. `between` is called before each
// piece. Throws what read_at() and `between` throw.
FileHash hash_contents(const RandomAccessFile& file, const std::function<void()>& between = {});

// Of a local file, unless the user stops the program meanwhile. Throws SystemError,
// Error(kInterrupted).
FileHash hash_file(const std::filesystem::path& path);

// A file that is hashed while it is read.
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
