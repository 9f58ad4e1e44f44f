// Pixels in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace rod::image {

// Row-major, channels interleaved, no padding; 16-bit samples in the machine's (little-endian)
// order.
struct Image {
  std::uint32_t height = 0;
  std::uint32_t width = 0;
  std::uint32_t channels = 3;      // 3: R, G, B. 1: grey or depth
  std::uint32_t sample_bytes = 1;  // 1 or 2
  std::vector<std::byte> bytes;    // [height, width, channels]

  Image() = default;
  Image(std::uint32_t h, std::uint32_t w, std::uint32_t c, std::uint32_t b)
      : height(h), width(w), channels(c), sample_bytes(b), bytes(std::size_t{h} * w * c * b) {}

  std::uint8_t* u8() { return reinterpret_cast<std::uint8_t*>(bytes.data()); }
  const std::uint8_t* u8() const { return reinterpret_cast<const std::uint8_t*>(bytes.data()); }
  std::uint16_t* u16() { return reinterpret_cast<std::uint16_t*>(bytes.data()); }
  const std::uint16_t* u16() const { return reinterpret_cast<const std::uint16_t*>(bytes.data()); }

  std::size_t row_bytes() const { return std::size_t{width} * channels * sample_bytes; }
  std::vector<std::uint8_t*> rows() {  // the start of each row, for C libraries
    std::vector<std::uint8_t*> starts(height);
    for (std::size_t y = 0; y < height; ++y) starts[y] = u8() + y * row_bytes();
    return starts;
  }
  bool operator==(const Image&) const = default;
};

// The reason why an image was not decoded. A value, not an exception, because bad samples are
// expected.
struct Reject {
  std::string reason;
};

using Decoded = std::variant<Image, Reject>;

}  // namespace rod::image
