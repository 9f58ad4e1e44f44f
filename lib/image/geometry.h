// Rotates images upright, as their EXIF orientation says, and resizes them.
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

// Bilinear resize equal to Pillow's Image.resize(…, BILINEAR): a triangle filter that widens by the
// scale when it shrinks, horizontally then vertically, 8-bit samples in fixed point of 22 bits.
// 8-bit images of 1 or 3 channels; an image that already has the requested size is returned
// unchanged. Source: the filter described in Pillow's documentation ("Filters", bilinear). Every
// value equals Pillow's, except that some differ by one level where Pillow 13 does the vertical
// pass of a non-square image first.
Image resize_bilinear(const Image& image, std::uint32_t height, std::uint32_t width);

// Takes the source pixel that contains the centre of each new pixel, so that depth in millimetres
// is never averaged across an edge or a hole.
// 16-bit, 1 channel.
Image resize_nearest(const Image& image, std::uint32_t height, std::uint32_t width);

}  // namespace rod::image
