// Bilinear resize equal to Pillow's Image.resize(…, BILINEAR).
#pragma once

#include "image/image.h"

namespace rod::image {

// A triangle filter that widens by the scale when it shrinks, horizontally then vertically, 8-bit
// samples in fixed point of 22 bits. 8-bit images of 1 or 3 channels; an image that already has the
// requested size is returned unchanged. Source: the filter described in Pillow's documentation
// ("Filters", bilinear). Every value equals Pillow's, except that some differ by one level where
// Pillow 13 does the vertical pass of a non-square image first.
Image resize_bilinear(const Image& image, std::uint32_t height, std::uint32_t width);

// Takes the source pixel that contains the centre of each new pixel, so that depth in millimetres
// is never averaged across an edge or a hole.
// 16-bit, 1 channel.
Image resize_nearest(const Image& image, std::uint32_t height, std::uint32_t width);

}  // namespace rod::image
