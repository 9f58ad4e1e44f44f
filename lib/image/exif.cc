#include <cstring>
#include <string_view>

#include "image/geometry.h"

namespace rod::image {
namespace {

using View = std::span<const std::byte>;

unsigned byte_of(View data, std::size_t at) {
  return std::to_integer<unsigned>(data[at]);
}

bool has_text(View data, std::size_t at, std::string_view text) {
  return at <= data.size() && data.size() - at >= text.size() &&
         std::memcmp(data.data() + at, text.data(), text.size()) == 0;
}

// Little- or big-endian number of `bytes` bytes; 0 beyond the end.
std::uint32_t number_at(View data, std::size_t at, unsigned bytes, bool little) {
  if (at > data.size() || data.size() - at < bytes) return 0;
  std::uint32_t value = 0;
  for (unsigned n = 0; n < bytes; ++n) {
    value = value << 8 | byte_of(data, at + (little ? bytes - 1 - n : n));
  }
  return value;
}

// Of a TIFF file or an EXIF block, which has its form: the tag of the first directory.
unsigned orientation_of_tiff(View data) {
  constexpr unsigned kOrientation = 274, kEntryBytes = 12, kShort = 3;
  const bool little = has_text(data, 0, "II");
  if (!little && !has_text(data, 0, "MM")) return 1;
  if (number_at(data, 2, 2, little) != 42) return 1;  // BigTIFF is no form of EXIF
  const std::size_t directory = number_at(data, 4, 4, little);
  const std::uint32_t entries = number_at(data, directory, 2, little);
  for (std::uint32_t n = 0; n < entries; ++n) {
    const std::size_t entry = directory + 2 + std::size_t{kEntryBytes} * n;
    if (entry > data.size()) break;
    if (number_at(data, entry, 2, little) != kOrientation) continue;
    const std::uint32_t value = number_at(data, entry + 8, 2, little);
    const bool valid = number_at(data, entry + 2, 2, little) == kShort && 1 <= value && value <= 8;
    return valid ? value : 1;
  }
  return 1;
}

unsigned orientation_of_jpeg(View data) {
  constexpr unsigned kStartOfScan = 0xDA, kApp1 = 0xE1;
  for (std::size_t at = 2; at + 4 <= data.size();) {
    if (byte_of(data, at) != 0xFF) return 1;
    const unsigned marker = byte_of(data, at + 1);
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    const std::size_t length = number_at(data, at + 2, 2, false);
    if (marker == kStartOfScan || length < 2 || length > data.size() - at - 2) return 1;
    const View segment = data.subspan(at + 4, length - 2);
    if (marker == kApp1 && has_text(segment, 0, std::string_view("Exif\0\0", 6))) {
      return orientation_of_tiff(segment.subspan(6));
    }
    at += 2 + length;
  }
  return 1;
}

// PNG's chunks have length, type, data and checksum; RIFF's type, length, data and perhaps a zero
// byte.
unsigned orientation_of_png(View data) {
  for (std::size_t at = 8; at + 12 <= data.size();) {
    const std::size_t length = number_at(data, at, 4, false);
    if (length > data.size() - at - 12) return 1;
    if (has_text(data, at + 4, "eXIf")) return orientation_of_tiff(data.subspan(at + 8, length));
    at += 12 + length;
  }
  return 1;
}

unsigned orientation_of_webp(View data) {
  for (std::size_t at = 12; at + 8 <= data.size();) {
    const std::size_t length = number_at(data, at + 4, 4, true);
    if (length > data.size() - at - 8) return 1;
    if (has_text(data, at, "EXIF")) {
      View block = data.subspan(at + 8, length);
      if (has_text(block, 0, std::string_view("Exif\0\0", 6))) block = block.subspan(6);
      return orientation_of_tiff(block);
    }
    at += 8 + length + length % 2;
  }
  return 1;
}

}  // namespace

unsigned exif_orientation(std::span<const std::byte> file) {
  if (has_text(file, 0, "\xFF\xD8\xFF")) return orientation_of_jpeg(file);
  if (has_text(file, 0, "\x89PNG")) return orientation_of_png(file);
  if (has_text(file, 0, "RIFF") && has_text(file, 8, "WEBP")) return orientation_of_webp(file);
  return orientation_of_tiff(file);
}

Image upright(Image image, unsigned orientation) {
  if (orientation == 1) return image;
  const bool swaps_sides = orientation >= 5;
  // Where the upright row y, column x is stored. Values 2 to 8 name the stored picture's first row
  // and column: 3 is bottom and right, 6 is right and top, 8 is left and bottom.
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image out(swaps_sides ? image.width : image.height, swaps_sides ? image.height : image.width,
            image.channels, image.sample_bytes);
  const std::size_t pixel = std::size_t{image.channels} * image.sample_bytes;
  std::byte* to = out.bytes.data();
  for (std::uint32_t y = 0; y < out.height; ++y) {
    for (std::uint32_t x = 0; x < out.width; ++x, to += pixel) {
      const std::uint32_t row = swaps_sides ? x : y, column = swaps_sides ? y : x;
      const std::size_t stored_row = from_bottom ? image.height - 1 - row : row;
      const std::size_t stored_column = from_right ? image.width - 1 - column : column;
      std::memcpy(to, image.bytes.data() + (stored_row * image.width + stored_column) * pixel,
                  pixel);
    }
  }
  return out;
}

}  // namespace rod::image
