// Depth in other units, as 16-bit millimetres.
#pragma once

#include <cstdint>
#include <optional>

#include "image/image.h"

namespace rod::image {

// `value` units of `metres` each. 0, no measurement, for what is not a number or not positive;
// nothing beyond 65.535 m.
std::optional<std::uint16_t> to_millimetres(double value, double metres);

// The reason for which an image with such a depth at row y, column x is refused.
Rejection too_far(double metres, std::size_t y, std::size_t x);

// U16 [H,W,1] in units of `metres`, in place. Returns the reason if a depth is too far.
std::optional<Rejection> scale_to_millimetres(Image& depth, double metres);

}  // namespace rod::image
