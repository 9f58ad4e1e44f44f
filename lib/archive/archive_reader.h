// An archive's entries one after another, in the order they lie in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "io/random_access_file.h"

namespace rod {

enum class EntryType { kFile, kFolder, kSymlink, kHardlink, kSpecial };

const char* entry_type_name(EntryType type);  // "file", "folder", "symbolic link", …

struct ArchiveEntry {
  std::string path;  // bytes as the archive holds them; hostile until checked
  EntryType type = EntryType::kFile;
  std::uint64_t size = 0;  // bytes; 0 where the format doesn't say it in advance
  bool size_known = true;
  std::uint64_t position = 0;  // of its header, in the unpacked stream
  std::optional<std::uint64_t>
      data_offset;  // of its bytes in the archive file, where they lie there as they are
};

// tar, zip and 7z, within gzip, bzip2, xz, zstd or lz4; found by content, not by name.
// Not shared between threads. The result does not depend on the user's locale.
class ArchiveReader {
 public:
  // "-" is standard input. `start` > 0 goes on in the middle of an uncompressed tar. `open` opens a file;
  // it decides what is tried again.
  // REQUIRES: `start` is 0 or the position of an entry, or of the end mark, of an uncompressed tar.
  // Errors: throw_errno; BadInput when it is no archive, or a 7z in a pipe.
  explicit ArchiveReader(const std::filesystem::path& path, std::uint64_t start = 0,
                         const io::FileOpener& open = io::open_file);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  // Moves to the next entry; what was not read of the last one is skipped (by seeking where possible).
  // Errors: BadInput naming the archive and the offset when it is damaged or cut. A tar must end with
  // its mark, two blocks of zeros: without it nobody can tell whether entries are missing.
  std::optional<ArchiveEntry> next();

  // Up to out.size() bytes of the current entry; 0 at its end. Errors: as next().
  std::size_t read(std::span<std::byte> out);

  bool is_plain_tar() const;  // uncompressed and in a file: entries can be sought
  // A plain tar or a zip, in a file: sizes can be had without reading the data.
  bool skips_by_seeking() const;
  std::uint64_t source_bytes() const;     // size of the archive file; 0 if it is a pipe
  std::uint64_t source_position() const;  // bytes of it passed so far
  std::uint64_t bytes_read()
      const;  // bytes of it that were really read: less, where skipping could seek

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rod
