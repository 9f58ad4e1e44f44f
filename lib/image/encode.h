// Encodes pixels as PNG.
#pragma once

#include <cstddef>
#include <vector>

#include "image/image.h"

namespace rod::image {

// Encodes 8-bit RGB, 8-bit grey or 16-bit grey. The same pixels give the same bytes. `level` 0-9.
std::vector<std::byte> encode_png(const Image& image, int level = 6);

}  // namespace rod::image
