// Row filters of the zstd codec, which replace a row by differences from its left and upper
// neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rod::shard {

// The number of differences along x (0, 1, 2) and along y (1, 2), modulo the value range, with
// zeros outside the image. (1,1) gives `pixel - left - up + up_left`. Source: FORMAT.md, "The zstd
// codec".
struct RowFilter {
  static constexpr unsigned kCount = 6;

  unsigned x = 0, y = 1;

  static constexpr RowFilter from_number(unsigned number) { return {number % 3, 1 + number / 3}; }
  constexpr unsigned number() const { return 3 * (y - 1) + x; }
};

// T is std::uint8_t with 3 interleaved channels, or std::uint16_t with 1.
template <typename T>
inline constexpr std::size_t kChannels = sizeof(T) == 1 ? 3 : 1;

// Chooses the filter with the smallest sum of magnitudes, writes `residual` [samples], and returns
// the filter and the sum. `up` and `up_up` are the rows above, or zeros; `scratch` only saves
// allocations.
struct FilteredRow {
  RowFilter filter;
  std::uint64_t magnitude;
};
template <typename T>
FilteredRow filter_row(const T* row, const T* up, const T* up_up, std::size_t samples,
                       std::vector<T>& scratch, T* residual);

// The inverse of filter_row(). Uses AVX2 if the processor has it, with the same result as the
// portable code. Requires: `row` does not overlap the inputs.
template <typename T>
void restore_row(RowFilter filter, const T* residual, const T* up, const T* up_up,
                 std::size_t samples, T* row);

// The portable code, exposed for tests.
template <typename T>
void restore_row_portably(RowFilter filter, const T* residual, const T* up, const T* up_up,
                          std::size_t samples, T* row);

}  // namespace rod::shard
