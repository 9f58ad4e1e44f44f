// A stream kept in a temporary file, so that what lies at its end can be read first.
#pragma once

#include <cstdint>
#include <filesystem>

#include "archive/byte_stream.h"
#include "io/file.h"

namespace rod::archive {

// Reads `in` to its end into a file in `folder` that has no name any more: it is gone when it is
// closed, also by a kill.
// Errors: `in`'s; kNoRoom beyond `limit` bytes, or when the disk has less than `keep_free` left;
// throw_errno.
io::File spool(BufferedStream& in, const std::filesystem::path& folder, std::uint64_t limit,
               std::uint64_t keep_free, const std::string& shown);

}  // namespace rod::archive
