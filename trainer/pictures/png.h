// Encodes pixels as PNG.
#pragma once

#include <cstdint>
#include <string>

namespace rod::trainer {

struct Picture {
  std::uint32_t width = 0, height = 0;
  std::string rgb;  // [height][width][3] u8
};

// The file is compressed if the build has zlib, and stored uncompressed otherwise. Throws
// std::bad_alloc. Requires: at least one pixel. Thread-safe.
// Source: Portable Network Graphics (W3C, third edition).
std::string encode_png(const Picture& picture);

}  // namespace rod::trainer
