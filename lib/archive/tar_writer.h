// A plain ustar archive whose bytes depend on names and contents alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "io/file.h"

namespace rod::archive {

// Contains regular files only, with a fixed owner and time. The archive appears under its name when
// finish() returns. Source: POSIX.1-2017, pax, "ustar Interchange Format".
class TarWriter {
 public:
  explicit TarWriter(const std::filesystem::path& path) : file_(path) {}

  // Adds a file. Throws Error(kUsage) for a name that does not fit a ustar header (100 bytes after
  // the last usable slash, 155 before it) and for a file of 8 GiB or more; SystemError.
  void add(std::string_view name, std::span<const std::byte> data);
  void add(std::string_view name, std::string_view text) {
    add(name, std::as_bytes(std::span(text)));
  }

  void finish();

  std::uint64_t files() const { return files_; }
  std::uint64_t bytes() const { return bytes_; }  // of the archive so far

 private:
  void write(std::span<const std::byte> data);
  void pad(std::uint64_t to_multiple);

  io::AtomicFile file_;
  std::uint64_t files_ = 0, bytes_ = 0;
};

}  // namespace rod::archive
