// Image files for tests, made byte by byte, so that they can be wrong in one way at a time.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "image/image.h"

namespace rod::image {

// Why an image was refused; empty when it was not.
inline std::string reason(const Decoded& decoded) {
  const auto* reject = std::get_if<Reject>(&decoded);
  return reject != nullptr ? reject->reason : "";
}

// The pixels; a failure of the test when there are none.
inline Image accepted(const Decoded& decoded) {
  EXPECT_EQ(reason(decoded), "");
  return std::holds_alternative<Image>(decoded) ? std::get<Image>(decoded) : Image();
}

#define EXPECT_REFUSED(decoded, words) \
  EXPECT_NE(reason(decoded).find(words), std::string::npos) << "reason: " << reason(decoded)

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(const std::string& text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

inline std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

inline std::string png_chunk(const std::string& type, const std::string& data) {
  std::uint32_t crc = ~0u;  // bit by bit: nothing in common with the code under test
  for (const char c : type + data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) ? 0xEDB88320u ^ (crc >> 1) : crc >> 1;
  }
  return big_endian(static_cast<std::uint32_t>(data.size())) + type + data + big_endian(~crc);
}

inline std::string png_signature() {
  return "\x89PNG\r\n\x1A\n";
}

inline std::string png_header(std::uint32_t width, std::uint32_t height, char depth,
                              char colour_type) {
  return png_chunk(
      "IHDR", big_endian(width) + big_endian(height) + depth + colour_type + std::string(3, '\0'));
}

// IDAT: `rows` with their filter bytes as one stored (uncompressed) zlib block. REQUIRES: < 64 KiB.
inline std::string png_pixels(const std::string& rows) {
  const auto size = static_cast<std::uint32_t>(rows.size());
  std::uint32_t a = 1, b = 0;  // Adler-32
  for (const char c : rows) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  const std::string block = {1, static_cast<char>(size), static_cast<char>(size >> 8),
                             static_cast<char>(~size), static_cast<char>(~size >> 8)};
  return png_chunk("IDAT", "\x78\x01" + block + rows + big_endian(b << 16 | a));
}

inline std::string png_end() {
  return png_chunk("IEND", "");
}

// A picture with smooth and busy parts, the same everywhere.
inline Image patterned(std::uint32_t height, std::uint32_t width, std::uint32_t channels) {
  Image image(height, width, channels, 1);
  std::uint8_t* out = image.u8();
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      for (std::uint32_t c = 0; c < channels; ++c) {
        *out++ = static_cast<std::uint8_t>(x * x * 7 + y * y * 5 + x * y * 3 + c * 85 +
                                           (x / 8 + y / 8) % 2 * 64);
      }
    }
  }
  return image;
}

inline Image patterned_depth(std::uint32_t height, std::uint32_t width) {
  Image image(height, width, 1, 2);
  std::uint16_t* out = image.u16();
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x)
      *out++ = static_cast<std::uint16_t>(x * 769 + y * 12289 + x * y);
  }
  return image;
}

}  // namespace rod::image
