// The checksum of zip entries: CRC-32 with the reflected polynomial 0xEDB88320.
// Source: PKWARE, APPNOTE.TXT 6.3.10, section 4.4.7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rod {

std::uint32_t crc32(std::span<const std::byte> data);

}  // namespace rod
