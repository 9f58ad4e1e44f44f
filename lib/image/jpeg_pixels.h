// A JPEG file's pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "image/image.h"

namespace rod::image {

// 8-bit RGB [H,W,3] by libjpeg-turbo, grey expanded, EXIF ignored. What it only warns of, such as
// codes that don't exist or data that ends early, is refused: there it would guess. Accepted are
// two warnings that change no pixel: a JFIF version other than 1 (2.01 occurs), and padding before
// the EOI marker, one byte value repeated. REQUIRES: check_jpeg accepted the file, with this size.
// Any thread.
Decoded jpeg_pixels(std::span<const std::byte> data, std::uint32_t height, std::uint32_t width);

}  // namespace rod::image
