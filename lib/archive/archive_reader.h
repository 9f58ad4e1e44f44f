// Iterates over an archive's entries in the order in which they are stored.
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
  std::uint64_t start = 0;              // > 0: resumes in the middle of an uncompressed tar
  io::FileOpener open = io::open_file;  // of a file, not a pipe; decides on retries
  bool concatenated = false;            // continue if another tar follows a tar's end mark
  // of names that are not marked as UTF-8; "": they are left unchanged
  std::string name_encoding{};
  std::uint64_t limit_ratio = 1000;  // decoded bytes per byte of the archive
  unsigned limit_filters = 2;        // nested compressions
  io::SpoolOptions spool{};          // for a zip or 7z from a pipe
  // zlib, rather than our own reader, parses and checks gzip: an independent check of a result
  bool gzip_by_zlib = false;
};

// Note [Whole or refused]: once next() has returned nothing, every entry that the archive declares
// has been returned, and every check of its format and its compression has been made. Data that was
// skipped rather than read() is checked only as far as skipping allows. A zip's central directory
// agrees with its local headers. An archive that declares no entries is an error.

// Reads tar, zip and 7z, optionally compressed with gzip, bzip2, xz, lzma, lzip, zstd or lz4.
// Formats are recognised by content, not by name. The result does not depend on the user's locale.
// Thread safety: one thread.
class ArchiveReader {
 public:
  // "-" is standard input. Throws SystemError; BadInput if the file is not an archive or has no
  // entries; Error(kNoRoom). Requires: options.start is 0, or the position of an entry or of the
  // end mark of an uncompressed tar.
  explicit ArchiveReader(const std::filesystem::path& path, const ArchiveOptions& options = {});
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  // Moves to the next entry and returns it, or nothing at the end. The unread rest of the previous
  // entry is skipped, by seeking if possible. Throws BadInput naming the archive and the entry or
  // offset if the archive is damaged or truncated, or if not all of it can be read.
  std::optional<ArchiveEntry> next();

  // Reads up to out.size() bytes of the current entry and returns their number, which is smaller
  // only at the entry's end. Reading past the end verifies the entry's checksums. Throws what
  // next() throws.
  std::size_t read(std::span<std::byte> out);

  // Returns the irregularities found so far that hide no entry.
  const std::vector<std::string>& warnings() const;

  bool is_plain_tar() const;  // an uncompressed file: entries can be found by seeking
  // Whether sizes can be read without reading the data: a plain tar or a zip, in a file.
  bool skips_by_seeking() const;
  std::uint64_t source_bytes() const;     // size of the archive file; 0 if it is a pipe
  std::uint64_t source_position() const;  // bytes of it passed so far
  // bytes actually read from it: fewer if skipping could seek
  std::uint64_t bytes_read() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether a file begins like compressed data. Throws what its reads throw.
bool is_compressed(const io::RandomAccessFile& file);

}  // namespace rod::archive
