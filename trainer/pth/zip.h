// Zip files whose entries are stored, not compressed: the form that PyTorch writes and maps.
// Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace rod::trainer {

// The entries of a zip file in memory. Cheap: nothing is copied. Any thread.
class ZipReader {
 public:
  // `bytes` is the whole file, borrowed. Reads the central directory and checks that every entry
  // lies within the file and has a header that agrees with it.
  // Errors: BadInput naming `path` and what is wrong: not a zip, cut off, in several parts, a name
  // twice, an entry out of bounds.
  ZipReader(std::span<const std::byte> bytes, const std::string& path);

  struct Entry {
    std::span<const std::byte> data;
    std::uint32_t crc;
    bool plain;  // neither compressed nor encrypted
  };
  const std::map<std::string, Entry>& entries() const { return entries_; }

  // An entry's bytes. Errors: BadInput when there is none of this name, it is not plain, or its
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

// The pieces of a zip file in the order in which they are written: headers made here, and the
// parts' own data, each at a multiple of 64 bytes, as PyTorch wants it for mapping.
struct ZipLayout {
  std::vector<std::string> headers;  // headers[i] goes before parts[i]; the last one ends the file
};

// REQUIRES: names differ and are plain ASCII; the whole is below 4 GiB.
// Errors: kNoRoom when it is not.
ZipLayout lay_out_zip(std::span<const ZipPart> parts);

}  // namespace rod::trainer
