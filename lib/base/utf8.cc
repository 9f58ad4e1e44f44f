#include "base/utf8.h"

#include <cstddef>

namespace rod {

std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto byte = [&text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC0 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF8 ? 4
                                            : 0;
  if (length == 0 || text.size() < length) return std::nullopt;
  char32_t value = length == 1 ? first : first & (0x7Fu >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0) != 0x80) return std::nullopt;
    value = value << 6 | (byte(at) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kLeast[length] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
    return std::nullopt;
  text.remove_prefix(length);
  return value;
}

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int trailing = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr unsigned kMark[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kMark[trailing] | c >> (6 * trailing));
  for (int at = trailing - 1; at >= 0; --at)
    out += static_cast<char>(0x80 | (c >> (6 * at) & 0x3F));
}

}  // namespace rod
