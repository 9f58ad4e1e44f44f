// Pixels to PNG bytes.
#pragma once

#include <cstddef>
#include <vector>

#include "image/image.h"

namespace rod::image {

// 8-bit RGB, 8-bit grey or 16-bit grey. The same bytes for the same pixels. `level` 0-9.
std::vector<std::byte> encode_png(const Image& image, int level = 6);

}  // namespace rod::image
