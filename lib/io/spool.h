// Keeps bytes in a temporary file, to read them in another order than they arrive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/capacity.h"
#include "io/file.h"

namespace rod::io {

struct SpoolOptions {
  std::filesystem::path folder{};           // "": the system's temporary folder
  std::uint64_t limit = UINT64_MAX;         // bytes of the file
  std::uint64_t keep_free = kKeepFreeDisk;  // bytes left free on its disk
};

// The file has no name: it disappears when it is closed, also by a kill. Thread safety: one thread.
class Spool {
 public:
  // `need`, `or_else`: for messages, what is kept and why, and what the user can do instead. Throws
  // SystemError.
  Spool(const SpoolOptions& options, std::string need, std::string or_else);

  // Throws Error(kNoRoom) above the limit, or if the disk would have less than keep_free left;
  // Error(kInterrupted), Error(kTerminated); SystemError.
  void append(std::span<const std::byte> bytes);

  std::uint64_t size() const { return size_; }
  const File& file() const { return file_; }  // may be read while bytes are appended
  void clear();                               // Removes all bytes. Throws SystemError.
  File take() { return std::move(file_); }

 private:
  const SpoolOptions options_;
  const std::string need_, or_else_;
  std::filesystem::path folder_;
  File file_;
  std::uint64_t size_ = 0, next_check_ = 0;
};

}  // namespace rod::io
