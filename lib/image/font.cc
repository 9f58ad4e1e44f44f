// By stb_truetype, which reads outlines without any system library.
#include "image/font.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <span>
#include <string>
#include <utility>

#include "base/utf8.h"

#define STB_TRUETYPE_IMPLEMENTATION
#define STBTT_STATIC
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#include <stb_truetype.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace rod::image {
namespace {

constexpr int kPad = 2;  // pixels around a text: letters may lean out of their places

struct Range {
  char32_t first, last;
};

// Scripts that need more than one shape after the other, and marks for bidirectional text.
constexpr Range kShaped[] = {
    {0x0590, 0x08FF}, {0x0900, 0x0DFF},   {0x0E00, 0x0EFF},   {0x0F00, 0x109F},  {0x1100, 0x11FF},
    {0x1780, 0x17FF}, {0x1800, 0x18AF},   {0x1A20, 0x1AAF},   {0x1B00, 0x1C4F},  {0x200B, 0x200F},
    {0x202A, 0x202E}, {0x2066, 0x2069},   {0xA800, 0xAAFF},   {0xFB1D, 0xFDFF},  {0xFE00, 0xFE0F},
    {0xFE70, 0xFEFF}, {0x10800, 0x11FFF}, {0x1E800, 0x1EFFF}, {0x1F000, 0x1FAFF}};

std::u32string code_points(std::string_view text) {
  std::u32string points;
  while (!text.empty()) {
    const auto point = take_code_point(text);
    if (!point) return {};
    points += *point;
  }
  return points;
}

std::uint32_t big_endian(std::span<const std::byte> bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t n = 0; n < count; ++n)
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + n]);
  return value;
}

// OpenType specification, "Table directory": each table lies within the file and has the sum that
// its record says. `head` holds a sum of its own, which its checksum leaves out.
bool has_whole_tables(std::span<const std::byte> bytes, std::size_t at) {
  constexpr std::size_t kDirectory = 12, kRecord = 16, kOwnSum = 8;
  if (bytes.size() < kDirectory || at > bytes.size() - kDirectory) return false;
  const std::size_t tables = big_endian(bytes, at + 4, 2);
  if (tables == 0 || (bytes.size() - at - kDirectory) / kRecord < tables) return false;
  for (std::size_t n = 0; n < tables; ++n) {
    const std::size_t record = at + kDirectory + n * kRecord;
    const std::uint32_t wanted = big_endian(bytes, record + 4, 4),
                        offset = big_endian(bytes, record + 8, 4),
                        length = big_endian(bytes, record + 12, 4);
    if (offset > bytes.size() || length > bytes.size() - offset) return false;
    const bool head = std::memcmp(bytes.data() + record, "head", 4) == 0;
    std::uint32_t sum = 0;
    for (std::size_t word = 0; word < length; word += 4) {
      const std::size_t there = std::min<std::size_t>(4, length - word);
      if (head && word == kOwnSum) continue;
      sum += big_endian(bytes, offset + word, there) << (8 * (4 - there));
    }
    if (sum != wanted) return false;
  }
  return true;
}

}  // namespace

struct Font::State {
  std::vector<std::byte> bytes;
  stbtt_fontinfo info{};
};

Font::Font(std::unique_ptr<State> state) : state_(std::move(state)) {}
Font::Font(Font&&) noexcept = default;
Font& Font::operator=(Font&&) noexcept = default;
Font::~Font() = default;

std::optional<Font> Font::parse(std::vector<std::byte> bytes) {
  auto state = std::make_unique<State>();
  state->bytes = std::move(bytes);
  if (state->bytes.size() < 16) return std::nullopt;
  const auto* const data = reinterpret_cast<const unsigned char*>(state->bytes.data());
  const int offset = stbtt_GetFontOffsetForIndex(data, 0);
  if (offset < 0 || !has_whole_tables(state->bytes, static_cast<std::size_t>(offset)) ||
      stbtt_InitFont(&state->info, data, offset) == 0)
    return std::nullopt;
  return Font(std::move(state));
}

bool Font::draws(std::string_view text) const {
  const std::u32string points = code_points(text);
  return !points.empty() && std::all_of(points.begin(), points.end(), [this](char32_t point) {
    const bool shaped = std::any_of(
        std::begin(kShaped), std::end(kShaped),
        [point](const Range& range) { return range.first <= point && point <= range.last; });
    return !shaped && stbtt_FindGlyphIndex(&state_->info, static_cast<int>(point)) != 0;
  });
}

TextCoverage Font::draw(std::string_view text, double cap_height) const {
  const stbtt_fontinfo& font = state_->info;
  const std::u32string points = code_points(text);
  int left = 0, bottom = 0, right = 0, top = 0, ascent = 0, descent = 0, gap = 0;
  stbtt_GetFontVMetrics(&font, &ascent, &descent, &gap);
  const bool has_h = stbtt_GetCodepointBox(&font, 'H', &left, &bottom, &right, &top) != 0;
  const double height_of_h = has_h && top > 0 ? top : std::max(ascent, 1) * 0.75;
  const auto scale = static_cast<float>(cap_height / height_of_h);

  struct Place {
    int glyph;
    float x;
  };
  std::vector<Place> places;
  float x = kPad;
  for (const char32_t point : points) {
    const int glyph = stbtt_FindGlyphIndex(&font, static_cast<int>(point));
    if (!places.empty())
      x += scale * static_cast<float>(stbtt_GetGlyphKernAdvance(&font, places.back().glyph, glyph));
    places.push_back({glyph, x});
    int advance = 0, bearing = 0;
    stbtt_GetGlyphHMetrics(&font, glyph, &advance, &bearing);
    x += scale * static_cast<float>(advance);
  }

  TextCoverage out;
  out.left = kPad;
  out.ascent = static_cast<int>(std::ceil(scale * static_cast<float>(ascent))) + kPad;
  out.height =
      out.ascent + static_cast<int>(std::ceil(-scale * static_cast<float>(descent))) + kPad;
  out.width = static_cast<int>(std::ceil(x)) + kPad;
  out.coverage.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height));
  for (const Place& place : places) {
    const float whole = std::floor(place.x), shift = place.x - whole;
    int width = 0, height = 0, dx = 0, dy = 0;
    const std::unique_ptr<unsigned char, decltype(&std::free)> shape(
        stbtt_GetGlyphBitmapSubpixel(&font, scale, scale, shift, 0, place.glyph, &width, &height,
                                     &dx, &dy),
        &std::free);
    if (!shape) continue;  // a blank
    for (int row = 0; row < height; ++row) {
      for (int column = 0; column < width; ++column) {
        const int at_x = static_cast<int>(whole) + dx + column, at_y = out.ascent + dy + row;
        if (at_x < 0 || at_y < 0 || at_x >= out.width || at_y >= out.height) continue;
        std::uint8_t& pixel =
            out.coverage[static_cast<std::size_t>(at_y) * static_cast<std::size_t>(out.width) +
                         static_cast<std::size_t>(at_x)];
        pixel = std::max(pixel, static_cast<std::uint8_t>(shape.get()[row * width + column]));
      }
    }
  }
  return out;
}

}  // namespace rod::image
