// An entry of an archive, and the conversion of its name from encodings other than UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rod::archive {

enum class EntryType { kFile, kFolder, kSymlink, kHardlink, kSpecial };

const char* entry_type_name(EntryType type);  // "file", "folder", "symbolic link", …

struct ArchiveEntry {
  // the archive's bytes, or their conversion by --name-encoding; hostile until checked
  std::string path;
  EntryType type = EntryType::kFile;
  std::string target;      // of a hard link, in the archive; hostile until checked
  std::uint64_t size = 0;  // bytes; 0 if the format does not say it in advance
  bool size_known = true;
  std::uint64_t position = 0;  // of its first header, in the unpacked stream
  // of its bytes in the archive file, if they are stored there unchanged
  std::optional<std::uint64_t> data_offset;
  std::optional<std::uint32_t> crc;  // of its bytes, if the format's directory lists it (zip)
};

// Converts names of entries to UTF-8. Thread safety: one thread.
class NameEncoding {
 public:
  // `encoding`: a name that iconv knows, such as "GBK"; "" leaves names unchanged. Throws
  // Error(kUsage) for an unknown encoding.
  explicit NameEncoding(const std::string& encoding);
  ~NameEncoding();
  NameEncoding(const NameEncoding&) = delete;
  NameEncoding& operator=(const NameEncoding&) = delete;

  // Returns the name as UTF-8, or unchanged if it is not valid in the encoding.
  std::string to_utf8(std::string name) const;

 private:
  void* converter_ = nullptr;  // iconv_t
};

bool is_utf8(std::string_view text);

}  // namespace rod::archive
