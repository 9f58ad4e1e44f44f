// The orientation that a camera writes into an image file, and turning pixels upright by it.
#pragma once

#include <cstddef>
#include <span>

#include "image/image.h"

namespace rod::image {

// EXIF's orientation of a JPEG, PNG, WebP or TIFF file, 1 to 8; 1, upright, where the file has none
// or an invalid one. Reads no further than needed; accepts any bytes. Thread-safe.
// Source: CIPA DC-008 (EXIF 2.3), 4.6.4, tag 274; PNG specification, third edition, eXIf.
unsigned exif_orientation(std::span<const std::byte> file);

// Turns and mirrors `image`, which was stored with this orientation, so that it is upright.
// Requires: 1 <= orientation <= 8.
Image upright(Image image, unsigned orientation);

}  // namespace rod::image
