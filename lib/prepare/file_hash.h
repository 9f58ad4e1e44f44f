// The hash of a file, unless the user wants to stop.
#pragma once

#include <filesystem>

#include "io/file_hash.h"

namespace rod::prepare {

// Asks between the pieces whether to stop. Errors: throw_errno, kInterrupted.
io::FileHash hash_file(const std::filesystem::path& path);

}  // namespace rod::prepare
