#include "shard/row_filter.h"

#include <algorithm>
#include <limits>

namespace rod {
namespace {

// `row[-2 * kChannels] …` must be readable: zeros stand left of the image.
template <typename T>
T difference(const T* row, std::ptrdiff_t i, unsigned order) {
  constexpr std::ptrdiff_t kLeft = kChannels<T>;
  if (order == 0) return row[i];
  if (order == 1) return static_cast<T>(row[i] - row[i - kLeft]);
  return static_cast<T>(row[i] - 2 * row[i - kLeft] + row[i - 2 * kLeft]);
}

template <typename T, unsigned kOrder>
std::uint64_t magnitude(const T* row, std::size_t samples) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    const T value = difference(row, static_cast<std::ptrdiff_t>(i), kOrder);
    sum += std::min(value, static_cast<T>(-value));  // of the signed residual
  }
  return sum;
}

template <typename T>
void differences(const T* row, std::size_t samples, unsigned order, T* out) {
  for (std::size_t i = 0; i < samples; ++i) {
    out[i] = difference(row, static_cast<std::ptrdiff_t>(i), order);
  }
}

}  // namespace

template <typename T>
FilteredRow filter_row(const T* row, const T* up, const T* up_up, std::size_t samples,
                       std::vector<T>& scratch, T* residual) {
  constexpr std::size_t kLead = 2 * kChannels<T>;
  scratch.assign(2 * (kLead + samples), 0);
  T* const once = scratch.data() + kLead;
  T* const twice = once + samples + kLead;
  for (std::size_t i = 0; i < samples; ++i) once[i] = static_cast<T>(row[i] - up[i]);
  for (std::size_t i = 0; i < samples; ++i) {
    twice[i] = static_cast<T>(row[i] - 2 * up[i] + up_up[i]);
  }

  FilteredRow best{{}, std::numeric_limits<std::uint64_t>::max()};
  const auto consider = [&best](RowFilter filter, std::uint64_t magnitude) {
    if (magnitude < best.magnitude) best = {filter, magnitude};
  };
  for (const unsigned y : {1u, 2u}) {
    const T* const vertical = y == 1 ? once : twice;
    consider({0, y}, magnitude<T, 0>(vertical, samples));
    consider({1, y}, magnitude<T, 1>(vertical, samples));
    consider({2, y}, magnitude<T, 2>(vertical, samples));
  }
  differences(best.filter.y == 1 ? once : twice, samples, best.filter.x, residual);
  return best;
}

template FilteredRow filter_row(const std::uint8_t*, const std::uint8_t*, const std::uint8_t*,
                                std::size_t, std::vector<std::uint8_t>&, std::uint8_t*);
template FilteredRow filter_row(const std::uint16_t*, const std::uint16_t*, const std::uint16_t*,
                                std::size_t, std::vector<std::uint16_t>&, std::uint16_t*);

}  // namespace rod
