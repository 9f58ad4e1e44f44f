// Hashes a whole file, at once or while it is read.
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

// The same for a local file. Throws SystemError; Error(kInterrupted) if the user stops the program.
FileHash hash_file(const std::filesystem::path& path);

// A file that is hashed while it is read.
struct CheckedFile {
  std::shared_ptr<const RandomAccessFile> file;
  // Reads the rest of the file. Throws BadInput if the whole file's SHA-256 differs; what reads
  // throw. Does nothing from the second call on.
  std::function<void()> check;
};

// `sha256`: 64 hex digits; throws Error(kUsage) for anything else. Roughly sequential reads are
// hashed as they happen; a file that is read in another order is read again by `check`.
CheckedFile with_sha256(std::shared_ptr<const RandomAccessFile> file, const std::string& sha256);

}  // namespace rod::io
