// A TrueType or OpenType font: which texts it can draw, and their shapes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace rod::image {

// A text as it covers pixels, from 0 to 255.
struct TextCoverage {
  int width = 0, height = 0;
  int left = 0, ascent = 0;            // columns before its beginning, rows above its baseline
  std::vector<std::uint8_t> coverage;  // [height,width]
};

class Font {
 public:
  // Nothing where the bytes are no font that can be read, or where a checksum of its tables does
  // not match: what draws the letters trusts the file, so this is for fonts that were installed on
  // the machine.
  static std::optional<Font> parse(std::vector<std::byte> bytes);

  Font(Font&&) noexcept;
  Font& operator=(Font&&) noexcept;
  ~Font();

  // Whether it has all the letters. Scripts whose letters are joined, stacked or written from the
  // right (Arabic, Devanagari, Hebrew, …) are not drawn. Requires: UTF-8.
  bool draws(std::string_view text) const;

  // `cap_height`: of the letter H, in pixels. Requires: draws(text).
  TextCoverage draw(std::string_view text, double cap_height) const;

 private:
  struct State;
  explicit Font(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rod::image
