// The hash of a whole file.
#pragma once

#include <cstdint>
#include <functional>

#include "base/hash.h"
#include "io/random_access_file.h"

namespace rod::io {

struct FileHash {
  std::uint64_t bytes = 0;
  Hash128 hash;  // XXH3-128

  bool operator==(const FileHash&) const = default;
};

// Reads in pieces, to the end. `between` is called before each; what it throws ends the reading.
// Throws as read_at().
FileHash hash_contents(const RandomAccessFile& file, const std::function<void()>& between = {});

}  // namespace rod::io
