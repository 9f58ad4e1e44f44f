// The hash of a whole file on disk.
#pragma once

#include <cstdint>
#include <functional>

#include "base/file.h"
#include "base/hash.h"

namespace rod {

struct FileHash {
  std::uint64_t bytes = 0;
  Hash128 hash;  // XXH3-128

  bool operator==(const FileHash&) const = default;
};

// Reads in pieces. `between` is called before each; what it throws goes through. Errors: throw_errno.
FileHash hash_contents(const File& file, const std::function<void()>& between = {});

}  // namespace rod
