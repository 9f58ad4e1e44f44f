// A file copied so that its copy is known to be right.
#pragma once

#include <filesystem>

#include "prepare/file_hash.h"

namespace rod {

// Copies to a temporary name beside `to`, syncs, reads it back, compares, and only then gives it its name.
// Errors: kFailed when it does not read back as `expected`; throw_errno; kInterrupted.
void checked_copy(const std::filesystem::path& from, const std::filesystem::path& to,
                  const FileHash& expected);

}  // namespace rod
