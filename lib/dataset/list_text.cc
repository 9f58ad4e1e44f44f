#include "dataset/list_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/error.h"
#include "base/utf8.h"

namespace rod::dataset {
namespace {

using namespace std::string_view_literals;

std::string from_utf16(std::string_view bytes, bool big, const std::string& name) {
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<std::uint32_t>(big ? first << 8 | second : second << 8 | first);
  };
  const auto refuse = [&](std::size_t at) {
    throw BadInput(fmt::format("{}: is damaged UTF-16 at byte {}; save it as UTF-8", name, at));
  };
  if (bytes.size() % 2 != 0) refuse(bytes.size() - 1);
  std::string text;
  for (std::size_t at = 2; at < bytes.size(); at += 2) {
    char32_t c = unit(at);
    if (c >= 0xDC00 && c < 0xE000) refuse(at);
    if (c >= 0xD800 && c < 0xDC00) {
      if (at + 3 >= bytes.size()) refuse(at);
      const std::uint32_t low = unit(at + 2);
      if (low < 0xDC00 || low >= 0xE000) refuse(at);
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      at += 2;
    }
    append_utf8(text, c);
  }
  return text;
}

}  // namespace

std::string list_text(std::string_view bytes, const std::string& name) {
  std::string text;
  if (bytes.starts_with("\xFF\xFE"sv) || bytes.starts_with("\xFE\xFF"sv)) {
    text = from_utf16(bytes, bytes.front() == '\xFE', name);
  } else {
    if (bytes.starts_with("\xEF\xBB\xBF"sv)) bytes.remove_prefix(3);
    std::size_t line = 1;
    for (std::string_view rest = bytes; !rest.empty();) {
      if (rest.front() == '\0') {
        throw BadInput(
            fmt::format("{}:{}: holds a zero byte, as UTF-16 without a mark does; save "
                        "it as UTF-8",
                        name, line));
      }
      const bool ends_line = rest.front() == '\n';
      if (!take_code_point(rest)) {
        throw BadInput(
            fmt::format("{}:{}: holds bytes that are no UTF-8; save it with the "
                        "encoding UTF-8",
                        name, line));
      }
      line += ends_line;
    }
    text = bytes;
  }
  if (text.find('\n') == text.npos) std::replace(text.begin(), text.end(), '\r', '\n');
  return text;
}

}  // namespace rod::dataset
