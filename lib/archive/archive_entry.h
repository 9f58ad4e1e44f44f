// An entry as an archive describes it, and names in encodings of the time before UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

// Converts names of entries to UTF-8. Not shared between threads.
class NameEncoding {
 public:
  // As iconv knows it, e.g. "GBK"; "" leaves names as they are. Throws Error(kUsage) for one that
  // it doesn't know.
  explicit NameEncoding(const std::string& encoding);
  ~NameEncoding();
  NameEncoding(const NameEncoding&) = delete;
  NameEncoding& operator=(const NameEncoding&) = delete;

  // The name as UTF-8; unchanged where it can't be read so.
  std::string to_utf8(std::string name) const;

 private:
  void* converter_ = nullptr;  // iconv_t
};

bool is_utf8(std::string_view text);

}  // namespace rod::archive
