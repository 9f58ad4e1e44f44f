// Numbers in a fixed byte order, least significant byte first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rod::trainer {

// The number in the first `width` bytes. Requires: width <= 8, width <= bytes.size().
inline std::uint64_t read_le(std::span<const std::byte> bytes, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;)
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

inline void append_le(std::string& text, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace rod::trainer
