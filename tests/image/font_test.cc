// Fonts: a made one of two letters, whole and damaged.
#include "image/font.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace rod::image {
namespace {

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xFF);
}

std::string numbers(const std::vector<int>& values) {
  std::string out;
  for (const int value : values) put(out, static_cast<std::uint32_t>(value), 2);
  return out;
}

// A filled square, of `side` units from the baseline up.
std::string square(int side) {
  std::string out = numbers({1, 0, 0, side, side, 3, 0});  // one contour, its box, its last point
  out += std::string(4, '\x01');                           // four points on the curve
  return out + numbers({0, 0, side, 0, 0, side, 0, -side});
}

// OpenType's smallest: H and é are squares of 700 and 500 units, 1,000 to the em.
std::vector<std::byte> made_font() {
  const std::string h = square(700), e = square(500);
  std::string cmap = numbers({0, 1, 3, 10, 0, 12, 12, 0, 0, 40, 0, 0, 0, 2});  // format 12
  for (const auto& [letter, glyph] : {std::pair(0x48u, 1u), {0xE9u, 2u}}) {
    put(cmap, letter, 4);
    put(cmap, letter, 4);
    put(cmap, glyph, 4);
  }
  const int h_size = static_cast<int>(h.size()), e_size = static_cast<int>(e.size());
  const std::vector<std::pair<std::string, std::string>> tables = {
      {"cmap", cmap},
      {"glyf", h + e},
      {"head", numbers({1, 0, 0, 0, 0, 0, 0x5F0F, 0x3CF5, 0, 1000, 0, 0, 0, 0,
                        0, 0, 0, 0, 0, 0, 700,    700,    0, 8,    2, 1, 0})},
      {"hhea", numbers({1, 0, 800, -200, 0, 700, 0, 0, 700, 1, 0, 0, 0, 0, 0, 0, 0, 3})},
      {"hmtx", numbers({800, 0, 800, 0, 600, 0})},
      {"loca", numbers({0, 0, 0, 0, 0, h_size, 0, h_size + e_size})},
      {"maxp", numbers({1, 0, 3, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0})}};
  std::string file = numbers({1, 0, static_cast<int>(tables.size()), 0, 0, 0}), data;
  const std::size_t begin = file.size() + tables.size() * 16;
  for (const auto& [name, table] : tables) {
    std::string padded = table;
    padded.resize((table.size() + 3) / 4 * 4);
    std::uint32_t sum = 0;
    for (std::size_t at = 0; at < padded.size(); at += 4) {
      std::uint32_t word = 0;
      for (std::size_t n = 0; n < 4; ++n)
        word = word << 8 | static_cast<unsigned char>(padded[at + n]);
      sum += word;
    }
    file += name;
    put(file, sum, 4);
    put(file, static_cast<std::uint32_t>(begin + data.size()), 4);
    put(file, static_cast<std::uint32_t>(table.size()), 4);
    data += padded;
  }
  file += data;
  const auto bytes = std::as_bytes(std::span(file));
  return {bytes.begin(), bytes.end()};
}

TEST(Font, DrawsTheLettersThatItHas) {
  const auto font = Font::parse(made_font());
  ASSERT_TRUE(font);
  EXPECT_TRUE(font->draws("H"));
  EXPECT_TRUE(font->draws("éH"));
  EXPECT_FALSE(font->draws("HX"));
  EXPECT_FALSE(font->draws(""));
  EXPECT_FALSE(font->draws("\xFF"));
  EXPECT_FALSE(font->draws("\u0627")) << "Arabic";

  const TextCoverage text = font->draw("Hé", 14);
  EXPECT_EQ(text.coverage.size(), static_cast<std::size_t>(text.width * text.height));
  // 14 pixels high is scale 0.02: squares of 14 and 10 pixels.
  const auto sum = std::accumulate(text.coverage.begin(), text.coverage.end(), 0);
  EXPECT_NEAR(sum / 255.0, 14 * 14 + 10 * 10, 2);
  for (int row = 0; row < text.height; ++row) {
    const auto from = text.coverage.begin() + row * text.width;
    const bool ink = std::any_of(from, from + text.width, [](auto c) { return c > 128; });
    EXPECT_EQ(ink, row >= text.ascent - 14 && row < text.ascent) << row;
  }
}

TEST(Font, RefusesFilesThatAreNotWhole) {
  const std::vector<std::byte> whole = made_font();
  EXPECT_FALSE(Font::parse({}));
  for (std::size_t cut = 0; cut < whole.size(); cut += 3)
    EXPECT_FALSE(Font::parse({whole.begin(), whole.begin() + std::ptrdiff_t(cut)})) << cut;
  for (std::size_t at = 12 + 7 * 16; at < whole.size(); ++at) {  // behind the directory
    std::vector<std::byte> flipped = whole;
    flipped[at] ^= std::byte{0x10};
    const auto font = Font::parse(std::move(flipped));
    if (font) {
      EXPECT_TRUE(font->draws("Hé")) << at << ": padding and head's own sum alone";
    }
  }
}

}  // namespace
}  // namespace rod::image
