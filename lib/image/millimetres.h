// Converts depth to 16-bit millimetres.
#pragma once

#include <cstdint>
#include <optional>

#include "image/image.h"

namespace rod::image {

// Converts `value` units of `metres` each. Returns 0 (no measurement) if the value is not a number
// or not positive, and nothing beyond 65.535 m.
std::optional<std::uint16_t> to_millimetres(double value, double metres);

// Returns the reason for refusing an image with such a depth at row y, column x.
Reject too_far(double metres, std::size_t y, std::size_t x);

// Converts U16 [H,W,1] in units of `metres` in place. Returns the reason if a depth is too far.
std::optional<Reject> scale_to_millimetres(Image& depth, double metres);

}  // namespace rod::image
