// UTF-8 to code points and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rod {

// Removes one code point from the front of `text` and returns it. Returns nothing and leaves `text`
// unchanged if the bytes are not UTF-8, which includes overlong forms, surrogates and values above
// U+10FFFF. Requires: `text` is not empty.
std::optional<char32_t> take_code_point(std::string_view& text);

void append_utf8(std::string& out, char32_t code_point);

}  // namespace rod
