// Numbers of the zip format, for its reader and its writer. Source: PKWARE, APPNOTE.TXT 6.3.10,
// section 4.3.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rod::trainer::zip {

// Signatures, little-endian.
inline constexpr std::uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50,
                               kEnd = 0x06054b50, kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;

// Sizes without names, extra fields and comments.
inline constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56,
                             kLocatorBytes = 20;

}  // namespace rod::trainer::zip
