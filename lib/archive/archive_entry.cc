#include "archive/archive_entry.h"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <cstddef>

#include "base/error.h"
#include "base/utf8.h"

namespace rod::archive {
namespace {

const iconv_t kNone = reinterpret_cast<iconv_t>(std::ptrdiff_t{-1});

}  // namespace

const char* entry_type_name(EntryType type) {
  switch (type) {
    case EntryType::kFile:
      return "file";
    case EntryType::kFolder:
      return "folder";
    case EntryType::kSymlink:
      return "symbolic link";
    case EntryType::kHardlink:
      return "hard link";
    default:
      return "special file";
  }
}

NameEncoding::NameEncoding(const std::string& encoding) {
  if (encoding.empty()) return;
  converter_ = ::iconv_open("UTF-8", encoding.c_str());
  if (converter_ == kNone) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("--name-encoding {}: is not known; `iconv -l` lists those that are, such "
                    "as GBK, BIG5, CP932 and CP437",
                    encoding));
  }
}

NameEncoding::~NameEncoding() {
  if (converter_ != nullptr) ::iconv_close(converter_);
}

std::string NameEncoding::to_utf8(std::string name) const {
  const bool ascii = std::all_of(name.begin(), name.end(),
                                 [](char c) { return static_cast<signed char>(c) >= 0; });
  if (converter_ == nullptr || ascii) return name;
  ::iconv(converter_, nullptr, nullptr, nullptr, nullptr);  // begins anew
  std::string converted(name.size() * 4, '\0');
  char *from = name.data(), *to = converted.data();
  std::size_t from_left = name.size(), to_left = converted.size();
  if (::iconv(converter_, &from, &from_left, &to, &to_left) == static_cast<std::size_t>(-1) ||
      from_left > 0) {
    return name;
  }
  converted.resize(converted.size() - to_left);
  return converted;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (!take_code_point(text)) return false;
  }
  return true;
}

}  // namespace rod::archive
