// Pixels to a PNG file's bytes.
#pragma once

#include <cstdint>
#include <string>

namespace rod::trainer {

struct Picture {
  std::uint32_t width = 0, height = 0;
  std::string rgb;  // [height][width][3] u8
};

// Compressed where the build has zlib; else stored, which is the same picture in more bytes.
// REQUIRES: a picture of at least one pixel. Errors: std::bad_alloc. Any thread.
// Source: Portable Network Graphics (W3C, third edition).
std::string encode_png(const Picture& picture);

}  // namespace rod::trainer
