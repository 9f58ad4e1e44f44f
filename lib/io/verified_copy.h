// Verified writes: a file is written, read back, compared and only then renamed to its final name.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>

#include "base/error.h"
#include "io/file_hash.h"
#include "io/random_access_file.h"

namespace rod::io {

using ByteSink = std::function<void(std::span<const std::byte>)>;
// passes a file's bytes to the sink, in order
using FileContent = std::function<void(const ByteSink&)>;

struct CopyOptions {
  std::optional<FileHash> expected{};     // what the source must contain
  bool read_back = true;                  // false: readers of the copy verify it themselves
  std::function<void()> between{};        // before each piece; what it throws ends the copy
  std::function<void()> before_rename{};  // last step; what it throws prevents the rename
};

// The source differs from `expected`.
class SourceDiffers : public BadInput {
 public:
  using BadInput::BadInput;
};

// Writes `content` to a temporary file beside `to`, syncs it, re-reads it past the page cache and
// compares hashes before renaming. `to` is always complete or absent; an existing file is replaced.
// Returns size and hash of what was written. Throws SystemError; SourceDiffers, or BadInput if
// `content` is shorter than `expected`; Error(kFailed) if the file reads back differently or is
// missing after the rename; and what `content` and the options' functions throw. Thread-safe for
// different `to`.
FileHash write_verified(const std::filesystem::path& to, const FileContent& content,
                        const CopyOptions& options = {});

// The same with the bytes of `from`.
FileHash copy_verified(const RandomAccessFile& from, const std::filesystem::path& to,
                       const CopyOptions& options = {});

// Makes the complete file `from` available as `to`. Renames it if both are on one file system;
// otherwise copies it with copy_verified() and keeps `from`. Throws what copy_verified() throws.
void move_or_copy(const std::filesystem::path& from, const std::filesystem::path& to,
                  const CopyOptions& options = {});

// Renames a file to a temporary name, truncates it and removes it, because a drive's trash counts
// against its quota. The rename comes first, so that no file with a final name is ever empty.
// Ignores errors: a leftover file is harmless.
void empty_then_remove(const std::filesystem::path& path);

}  // namespace rod::io
