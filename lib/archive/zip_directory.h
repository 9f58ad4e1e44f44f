// The central directory of a zip, and its comparison with the entries' local headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/archive_entry.h"

namespace rod::archive {

// Reads up to out.size() bytes at an offset and returns their number, which is smaller only at the
// end. Throws SystemError; BadInput.
using ReadAt = std::function<std::size_t(std::span<std::byte> out, std::uint64_t offset)>;

struct ZipRecord {
  std::string name;   // as it is stored
  bool utf8 = false;  // the name is marked as UTF-8
  EntryType type = EntryType::kFile;
  unsigned flags = 0, method = 0;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0, size = 0;  // bytes
  std::uint64_t offset = 0;            // of its local header, in the file
};

// Source: PKWARE, APPNOTE.TXT 6.3, sections 4.3 to 4.5. Thread safety: one thread.
class ZipDirectory {
 public:
  // Throws BadInput if the end record is missing or disagrees with the directory, or if the file is
  // one volume of several.
  ZipDirectory(ReadAt read, std::uint64_t size, std::string shown,
               const std::function<void(std::string)>& warn);

  const std::vector<ZipRecord>& records() const { return records_; }  // by ascending offset

  // Throws BadInput if the local header of records()[n], or the sizes after its data, disagree with
  // the directory, or if an entry that is not in the directory lies between it and the next one.
  void check_entry(std::size_t n) const;

 private:
  struct End {
    std::uint64_t position, count, size, offset;
    bool count_is_modulo;  // of 65,536: an old program had no room for more
  };
  End find_end(const std::function<void(std::string)>& warn) const;
  void read_records(const End& end);
  std::vector<std::byte> bytes_at(std::uint64_t offset, std::size_t count, const char* what) const;
  // Whether an entry begins at `begin`, with room for it before `end`.
  bool has_entry(std::uint64_t begin, std::uint64_t end) const;
  void refuse_hidden_entry(std::uint64_t begin, std::uint64_t end) const;
  void check_target(const ZipRecord& record, std::uint64_t data) const;
  std::uint64_t end_of_data(const ZipRecord& record) const;  // with the sizes after it

  const ReadAt read_;
  const std::uint64_t size_;
  const std::string shown_;
  std::uint64_t directory_ = 0, prefix_ = 0;
  std::vector<ZipRecord> records_;
};

// Whether a file that begins with no known format ends like a zip, as a self-extracting archive
// does.
bool ends_as_zip(const ReadAt& read, std::uint64_t size);

}  // namespace rod::archive
