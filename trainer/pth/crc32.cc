#include "trainer/pth/crc32.h"

#include <array>

namespace rod {
namespace {

constexpr std::size_t kSlices = 8;  // bytes per round: their eight look-ups don't wait for each other

using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

std::uint32_t crc32(std::span<const std::byte> data) {
  std::uint32_t crc = ~0u;
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

}  // namespace rod
