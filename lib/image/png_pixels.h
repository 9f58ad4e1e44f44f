// The pixels of the PNGs that are common, several times as fast as by libpng.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "image/image.h"
#include "image/png_structure.h"

namespace rod::image {

// 8 bits per sample without palette -> 8-bit RGB [H,W,3], grey expanded and alpha dropped; 16-bit
// grey -> [H,W,1]. The zlib stream must be whole, of exactly the image's size and right by its
// checksum. Nothing for other kinds (palette, interlace, 1 to 4 bits, 16-bit colour) and for
// whatever is odd: a slower decoder then has the last word.
// REQUIRES: check_png made `png` of `data`; the image fits the limits. Any thread.
// Source: PNG specification, third edition, sections 9 and 10.
std::optional<Image> decode_common_png(std::span<const std::byte> data, const PngStructure& png);

}  // namespace rod::image
