// The 32-bit cyclic redundancy checks of the files that others read.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rod {

inline constexpr std::uint32_t kIso3309 = 0xEDB88320;     // PNG's (and zlib's), bits reversed
inline constexpr std::uint32_t kCastagnoli = 0x82F63B78;  // CRC32C: TFRecord's, bits reversed

// Example: crc32<kCastagnoli>("123456789") == 0xE3069283. Any thread.
template <std::uint32_t kPolynomial>
std::uint32_t crc32(std::string_view bytes) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t rest = byte;
      for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ (rest & 1 ? kPolynomial : 0);
      table[byte] = rest;
    }
    return table;
  }();
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<std::uint8_t>(byte)) & 0xFF];
  return ~crc;
}

}  // namespace rod
