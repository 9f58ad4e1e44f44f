// The hash of a whole file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

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

}  // namespace rod::io
