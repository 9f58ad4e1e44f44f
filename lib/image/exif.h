// Reads EXIF orientation and rotates pixels upright.
#pragma once

#include <cstddef>
#include <span>

#include "image/image.h"

namespace rod::image {

// Returns the EXIF orientation of a JPEG, PNG, WebP or TIFF file, 1 to 8; 1 (upright) if the file
// has none or an invalid one. Accepts any bytes. Thread-safe.
// Source: CIPA DC-008 (EXIF 2.3), 4.6.4, tag 274; PNG specification, third edition, eXIf.
unsigned exif_orientation(std::span<const std::byte> file);

// Returns `image`, which was stored with this orientation, rotated and mirrored upright. Requires:
// 1 <= orientation <= 8.
Image upright(Image image, unsigned orientation);

}  // namespace rod::image
