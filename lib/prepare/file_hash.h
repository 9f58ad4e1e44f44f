// The hash of a whole file on disk.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/hash.h"

namespace rod {

struct FileHash {
  std::uint64_t bytes = 0;
  Hash128 hash;  // XXH3-128
};

// Reads in pieces; asks between them whether to stop. Errors: throw_errno, kInterrupted.
FileHash hash_file(const std::filesystem::path& path);

}  // namespace rod
