// Files that are known to be right once they have their name: written, read back, compared,
// renamed.
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
using FileContent =
    std::function<void(const ByteSink&)>;  // hands a file's bytes to the sink, in order

struct CopyOptions {
  std::optional<FileHash> expected{};     // what the source must hold
  bool read_back = true;                  // false: whoever reads the copy checks what it reads
  std::function<void()> between{};        // before each piece; what it throws ends the copy
  std::function<void()> before_rename{};  // last; what it throws keeps the name from appearing
};

// The source holds other bytes than `expected`.
class SourceDiffers : public BadInput {
 public:
  using BadInput::BadInput;
};

// Writes what `content` hands over to a temporary file beside `to`, syncs it, re-reads it past the
// page cache and compares hashes before renaming. `to` is complete or absent, whatever happens;
// what was there before is replaced. Returns what was written. Throws SystemError; SourceDiffers,
// or BadInput when `content` is shorter than `expected`; Error(kFailed) when it reads back
// differently or is not there after the rename; what `content` and the options' functions throw.
// Thread-safe for different `to`.
FileHash write_verified(const std::filesystem::path& to, const FileContent& content,
                        const CopyOptions& options = {});

// The same with the bytes of `from`.
FileHash copy_verified(const RandomAccessFile& from, const std::filesystem::path& to,
                       const CopyOptions& options = {});

// Brings the complete file `from` to `to`: renames it on the same file system, else copies it with
// copy_verified() and leaves it where it is. Throws as copy_verified().
void move_or_copy(const std::filesystem::path& from, const std::filesystem::path& to,
                  const CopyOptions& options = {});

// Removes a file that a drive's trash would count against the quota: empties it first, under a
// temporary name, so that no file that looks complete is ever empty. Ignores errors: a file too
// many is harmless.
void empty_then_remove(const std::filesystem::path& path);

}  // namespace rod::io
