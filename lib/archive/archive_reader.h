// An archive's entries one after another, in the order they lie in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/archive_entry.h"
#include "io/random_access_file.h"
#include "io/spool.h"

namespace rod::archive {

struct ArchiveOptions {
  std::uint64_t start = 0;              // > 0 goes on in the middle of an uncompressed tar
  io::FileOpener open = io::open_file;  // of a file; it decides what is tried again
  bool concatenated = false;            // read on where another tar follows a tar's end mark
  // of names that don't say that they are UTF-8; "": they are taken as they are
  std::string name_encoding{};
  std::uint64_t limit_ratio = 1000;  // decoded bytes per byte of the archive
  unsigned limit_filters = 2;        // compressions within one another
  io::SpoolOptions spool{};          // for a zip or 7z that comes through a pipe
  // zlib reads gzip's headers and makes its checks, instead of our own reader: for checking what
  // the other one gave
  bool gzip_by_zlib = false;
};

// Note [Whole or refused]: when next() has returned nothing, every entry that the archive claims
// has been given out and every check that its format has was made, those of its compression too;
// what was not read() is checked as far as passing over it tells. A zip's two directories agree. An
// archive that claims nothing is an error.

// tar, zip and 7z, within gzip, bzip2, xz, lzma, lzip, zstd or lz4; found by content, not by name.
// Not shared between threads. The result does not depend on the user's locale.
class ArchiveReader {
 public:
  // "-" is standard input. Requires: options.start is 0 or the position of an entry, or of the end
  // mark, of an uncompressed tar. Throws SystemError; BadInput when it is no archive, or holds no
  // entries; Error(kNoRoom).
  explicit ArchiveReader(const std::filesystem::path& path, const ArchiveOptions& options = {});
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  // Moves to the next entry; what was not read of the last one is skipped (by seeking where
  // possible). Throws BadInput naming the archive and the entry or offset when it is damaged or
  // cut, or not all of it can be read.
  std::optional<ArchiveEntry> next();

  // Up to out.size() bytes of the current entry, fewer only at its end. Asking for more than it has
  // makes its checks. Throws what next() throws.
  std::size_t read(std::span<std::byte> out);

  // What is odd about the archive, but hides none of its entries; so far.
  const std::vector<std::string>& warnings() const;

  bool is_plain_tar() const;  // uncompressed and in a file: entries can be sought
  // A plain tar or a zip, in a file: sizes can be had without reading the data.
  bool skips_by_seeking() const;
  std::uint64_t source_bytes() const;     // size of the archive file; 0 if it is a pipe
  std::uint64_t source_position() const;  // bytes of it passed so far
  // bytes of it that were really read: less, where skipping could seek
  std::uint64_t bytes_read() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether a file begins as something compressed does. Throws what its reads throw.
bool is_compressed(const io::RandomAccessFile& file);

}  // namespace rod::archive
