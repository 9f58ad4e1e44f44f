// Decodes JPEG files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "image/image.h"

namespace rod::image {

// Returns 8-bit RGB [H,W,3], decoded with libjpeg-turbo; grey is expanded, EXIF ignored. Data that
// libjpeg-turbo warns about, such as invalid codes or an early end, is refused, because it would
// guess pixels. Two warnings that change no pixel are accepted: a JFIF version other than 1 (2.01
// occurs), and padding before the EOI marker, one byte value repeated. Requires: the check of the
// file's structure (jpeg_structure.h) accepted it, with this size. Thread-safe.
Decoded jpeg_pixels(std::span<const std::byte> data, std::uint32_t height, std::uint32_t width);

}  // namespace rod::image
