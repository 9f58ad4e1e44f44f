// Names in an encoding of the time before UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace rod::archive {

// Not shared between threads.
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
