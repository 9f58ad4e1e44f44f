// UTF-8 to code points and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rod {

// Takes one code point off the front of `text`; nothing, and `text` as it was, where the bytes are
// no UTF-8 (also overlong forms, surrogates and values above U+10FFFF). Requires: `text` is not
// empty.
std::optional<char32_t> take_code_point(std::string_view& text);

void append_utf8(std::string& out, char32_t code_point);

}  // namespace rod
