// Bilinear resize equal to Pillow's Image.resize(…, BILINEAR).
#pragma once

#include "image/image.h"

namespace rod::image {

// A triangle filter that widens by the scale when it shrinks, horizontally then vertically, 8-bit
// samples in fixed point of 22 bits. 8-bit images of 1 or 3 channels; an image of the wanted size
// is returned as it is. Source: the filter described in Pillow's documentation ("Filters",
// bilinear). Equal to Pillow's in every sample; only where Pillow 13 takes the vertical pass of a
// non-square image first are some samples one level off.
Image resize_bilinear(const Image& image, std::uint32_t height, std::uint32_t width);

// Depth in millimetres is never averaged across an edge or a hole: takes the sample in which
// the centre of the new pixel lies.
// 16-bit, 1 channel.
Image resize_nearest(const Image& image, std::uint32_t height, std::uint32_t width);

}  // namespace rod::image
