// Decodes any kind of PNG with libpng.
#pragma once

#include <cstddef>
#include <span>

#include "image/image.h"
#include "image/png_structure.h"

namespace rod::image {

// 16-bit grey -> u16 [H,W,1]; everything else -> 8-bit RGB [H,W,3]: palettes and grey expanded, of
// 16 bits the high byte kept, alpha dropped. Gamma and colour profiles are not applied. Returns a
// Reject with libpng's message for damaged data. Throws std::bad_alloc. Requires: check_png()
// returned `png` for `data`; the image fits the limits. Thread-safe.
Decoded decode_any_png(std::span<const std::byte> data, const PngStructure& png);

}  // namespace rod::image
