// Decodes common kinds of PNG several times as fast as libpng.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "image/image.h"
#include "image/png_structure.h"

namespace rod::image {

// 8 bits per sample without palette -> 8-bit RGB [H,W,3], grey expanded and alpha dropped; 16-bit
// grey -> [H,W,1]. The zlib stream must be complete, have exactly the image's size and match its
// checksum. Returns nothing for other kinds (palette, interlace, 1 to 4 bits, 16-bit colour) and
// for any irregularity; decode_any_png() then decides.
// Requires: check_png() returned `png` for `data`; the image fits the limits. Thread-safe.
// Source: PNG specification, third edition, sections 9 and 10.
std::optional<Image> decode_common_png(std::span<const std::byte> data, const PngStructure& png);

}  // namespace rod::image
