// The entries of a zip or 7z, decoded by libarchive; both have their list of entries at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "archive/archive_entry.h"
#include "archive/zip_directory.h"

namespace rod::archive {

enum class SeekingFormat { kZip, k7z };

// Thread safety: one thread.
class SeekingReader {
 public:
  // Throws BadInput naming the archive if it is damaged, truncated, encrypted or one volume of
  // several. Requires: `names` outlives this.
  SeekingReader(SeekingFormat format, ReadAt read, std::uint64_t size, const std::string& shown,
                const NameEncoding& names, const std::function<void(std::string)>& warn);
  ~SeekingReader();

  // As ArchiveReader::next() and read(). Throw BadInput naming the archive and the entry.
  std::optional<ArchiveEntry> next();
  std::size_t read(std::span<std::byte> out);

  std::uint64_t position() const;    // the end of the last read
  std::uint64_t bytes_read() const;  // in total

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rod::archive
