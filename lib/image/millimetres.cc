#include "image/millimetres.h"

#include <fmt/format.h>

#include <cmath>

namespace rod::image {

std::optional<std::uint16_t> to_millimetres(double value, double metres) {
  if (!(value > 0)) return std::uint16_t{0};
  const double millimetres = std::round(value * metres * 1000);
  if (millimetres > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(millimetres);
}

Reject too_far(double metres, std::size_t y, std::size_t x) {
  return Reject{
      fmt::format("depth of {:g} m at row {}, column {}, at most 65.535 m fit into 16-bit "
                  "millimetres; give the "
                  "unit of these files by --depth-scale",
                  metres, y, x)};
}

std::optional<Reject> scale_to_millimetres(Image& depth, double metres) {
  for (std::size_t n = 0; n < std::size_t{depth.height} * depth.width; ++n) {
    std::uint16_t& value = depth.u16()[n];
    const auto scaled = to_millimetres(value, metres);
    if (!scaled) return too_far(value * metres, n / depth.width, n % depth.width);
    value = *scaled;
  }
  return std::nullopt;
}

}  // namespace rod::image
