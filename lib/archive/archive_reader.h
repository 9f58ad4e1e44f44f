// An archive's entries one after another, in the order they lie in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace rod {

enum class EntryType { kFile, kFolder, kSymlink, kHardlink, kSpecial };

const char* entry_type_name(EntryType type);  // "file", "folder", "symbolic link", …

struct ArchiveEntry {
  std::string path;                          // as the archive writes it; hostile until checked
  EntryType type = EntryType::kFile;
  std::uint64_t size = 0;                    // bytes; 0 where the format doesn't say it in advance
  bool size_known = true;
  std::optional<std::uint64_t> data_offset;  // of its bytes in the archive file, where they lie there as they are
};

// Every format libarchive reads: tar, zip, 7z, with gzip, xz, zstd, bzip2, lz4; found by content, not name.
class ArchiveReader {
 public:
  // "-" is standard input. Errors: throw_errno; BadInput when it is no archive.
  explicit ArchiveReader(const std::filesystem::path& path);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  // Moves to the next entry; what was not read of the last one is skipped (by seeking where possible).
  // Errors: BadInput naming the archive and the offset when it is damaged or cut.
  std::optional<ArchiveEntry> next();

  // Up to out.size() bytes of the current entry; 0 at its end.
  std::size_t read(std::span<std::byte> out);

  std::uint64_t source_bytes() const;    // size of the archive file; 0 if it is a pipe
  std::uint64_t source_position() const; // bytes of it passed so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rod
