// Zip files whose entries are stored, not compressed, as PyTorch writes them. Source: PKWARE,
// APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace rod::trainer {

// Numbers of the format, for its reader and its writer.
namespace zip {

// Signatures, little-endian.
inline constexpr std::uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50,
                               kEnd = 0x06054b50, kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;

// Sizes without names, extra fields and comments.
inline constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56,
                             kLocatorBytes = 20;

}  // namespace zip

// The entries of a zip file in memory. Nothing is copied. Thread-safe.
class ZipReader {
 public:
  // `bytes` is the whole file, borrowed. Reads the central directory and checks that every entry is
  // inside the file and has a matching header.
  // Throws BadInput naming `path` and the fault: not a zip, truncated, in several parts, a
  // duplicate name, an entry out of bounds.
  ZipReader(std::span<const std::byte> bytes, const std::string& path);

  struct Entry {
    std::span<const std::byte> data;
    std::uint32_t crc;
    bool plain;  // neither compressed nor encrypted
  };
  const std::map<std::string, Entry>& entries() const { return entries_; }

  // Returns an entry's bytes. Throws BadInput if there is no such entry, it is not plain, or its
  // checksum is wrong.
  std::span<const std::byte> read(const std::string& name) const;

 private:
  std::string path_;
  std::map<std::string, Entry> entries_;
};

// One entry to be written; `data` is borrowed.
struct ZipPart {
  std::string name;
  std::span<const std::byte> data;
};

// The pieces of a zip file in the order in which they are written: headers, and the data of the
// parts, each aligned to 64 bytes, as PyTorch requires for memory mapping.
struct ZipLayout {
  std::vector<std::string> headers;  // headers[i] goes before parts[i]; the last one ends the file
};

// Requires: names differ and are plain ASCII.
// Throws Error(kNoRoom) if the file would have 4 GiB or more.
ZipLayout lay_out_zip(std::span<const ZipPart> parts);

}  // namespace rod::trainer
