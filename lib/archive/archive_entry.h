// What an archive says of one of its entries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rod::archive {

enum class EntryType { kFile, kFolder, kSymlink, kHardlink, kSpecial };

const char* entry_type_name(EntryType type);  // "file", "folder", "symbolic link", …

struct ArchiveEntry {
  // bytes as the archive holds them, or as --name-encoding reads them; hostile until checked
  std::string path;
  EntryType type = EntryType::kFile;
  std::string target;      // of a hard link, in the archive; hostile until checked
  std::uint64_t size = 0;  // bytes; 0 where the format doesn't say it in advance
  bool size_known = true;
  std::uint64_t position = 0;  // of its first header, in the unpacked stream
  // of its bytes in the archive file, where they lie there as they are
  std::optional<std::uint64_t> data_offset;
  std::optional<std::uint32_t> crc;  // of its bytes, where the format has a list of them (zip)
};

}  // namespace rod::archive
