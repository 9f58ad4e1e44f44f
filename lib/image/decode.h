// PNG and JPEG bytes to pixels, or the reason why not.
#pragma once

#include <cstddef>
#include <span>

#include "image/image.h"

namespace rod {

struct DecodeLimits {
  std::uint64_t max_pixels = 64'000'000;  // from the header, before anything is allocated
};

// 8-bit RGB [H,W,3]. Grey and palette images are expanded, alpha is dropped, EXIF orientation is
// ignored, 16-bit RGB is refused. Truncated and damaged files are refused, also where a lenient
// decoder would go on.
Decoded decode_rgb(std::span<const std::byte> data, const DecodeLimits& limits = {});

// A depth image as it is: 8-bit colouring [H,W,3] (grey 8-bit is expanded), or 16-bit grey [H,W,1]
// millimetres.
Decoded decode_depth(std::span<const std::byte> data, const DecodeLimits& limits = {});

}  // namespace rod
