// PNG and JPEG bytes to pixels, or the reason why not.
#pragma once

#include <cstddef>
#include <span>

#include "image/image.h"

namespace rod {

struct DecodeLimits {
  std::uint64_t max_pixels = 64'000'000;  // from the header, before anything is allocated
};

// 8-bit RGB [H,W,3]. Grey and palette images are expanded, alpha is dropped, of 16-bit colours the
// high byte is kept (as Pillow does), EXIF orientation, gamma and every other chunk that
// makes no pixels is ignored; 16-bit grey, which is a depth image, CMYK and 12-bit JPEG are refused
// by name. Truncated and damaged files are refused, also where a lenient decoder would go on: a PNG
// by its structure and checksums, a JPEG by its markers up to the last and by what its decoder warns
// of. Most changed bytes between a JPEG's markers can't be seen, as it has no checksum: only a hash
// of the source shows them. Any thread.
Decoded decode_rgb(std::span<const std::byte> data, const DecodeLimits& limits = {});

// A depth image as it is: 8-bit colouring [H,W,3] (grey 8-bit is expanded, masks of 1, 2 or 4 bits
// are refused), or 16-bit grey [H,W,1] millimetres; 16-bit colours, and 16-bit grey with alpha, are
// refused. Otherwise as decode_rgb.
Decoded decode_depth(std::span<const std::byte> data, const DecodeLimits& limits = {});

}  // namespace rod
