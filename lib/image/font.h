// A TrueType or OpenType font: which texts it can draw, and their shapes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace rod::image {

// The coverage of pixels by a text, from 0 to 255.
struct TextCoverage {
  int width = 0, height = 0;
  int left = 0, ascent = 0;            // columns before its origin, rows above its baseline
  std::vector<std::uint8_t> coverage;  // [height,width]
};

class Font {
 public:
  // Returns nothing if the bytes are not a supported font or a checksum of its tables does not
  // match. The drawing code trusts the file, so use it only for fonts that are installed on the
  // machine.
  static std::optional<Font> parse(std::vector<std::byte> bytes);

  Font(Font&&) noexcept;
  Font& operator=(Font&&) noexcept;
  ~Font();

  // Whether the font can draw `text`, which is UTF-8. Scripts with joined or stacked letters or
  // written from right to left (Arabic, Devanagari, Hebrew, …) are not supported.
  bool draws(std::string_view text) const;

  // `cap_height`: of the letter H, in pixels. Requires: draws(text).
  TextCoverage draw(std::string_view text, double cap_height) const;

 private:
  struct State;
  explicit Font(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rod::image
