// CRC-32 of the file formats that other programs read.
//
// Why not zlib or libdeflate: neither has CRC-32C, which TensorBoard's files need, and rodtrain is
// also built where it has neither of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rod {

inline constexpr std::uint32_t kIso3309 = 0xEDB88320;     // PNG's, zip's and zlib's, bits reversed
inline constexpr std::uint32_t kCastagnoli = 0x82F63B78;  // CRC32C, TFRecord's; not in zlib

// Example: crc32<kCastagnoli>("123456789") == 0xE3069283. Thread-safe.
// `before`: the CRC of the bytes that precede `data`.
template <std::uint32_t kPolynomial>
std::uint32_t crc32(std::span<const std::byte> data, std::uint32_t before = 0) {
  // bytes per round: their eight look-ups don't wait for each other
  constexpr std::size_t kSlices = 8;
  static constexpr auto kTables = [] {
    std::array<std::array<std::uint32_t, 256>, kSlices> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t rest = byte;
      for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ (rest & 1 ? kPolynomial : 0);
      tables[0][byte] = rest;
    }
    for (std::size_t slice = 1; slice < kSlices; ++slice) {
      for (std::size_t byte = 0; byte < 256; ++byte) {
        const std::uint32_t before = tables[slice - 1][byte];
        tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xff];
      }
    }
    return tables;
  }();
  std::uint32_t crc = ~before;
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(data[i]); };
  while (data.size() >= kSlices) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < kSlices; ++i) {
      const std::uint32_t mixed = byte(i) ^ (i < 4 ? (crc >> (8 * i)) & 0xff : 0);
      next ^= kTables[kSlices - 1 - i][mixed];
    }
    crc = next;
    data = data.subspan(kSlices);
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ byte(i)) & 0xff];
  }
  return ~crc;
}

template <std::uint32_t kPolynomial>
std::uint32_t crc32(std::string_view text) {
  return crc32<kPolynomial>(std::as_bytes(std::span(text)));
}

}  // namespace rod
