// Row filters of the zstd codec: a row as differences from its left and upper neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rod::shard {

// How often a row is differenced along x (0, 1, 2) and along y (1, 2), modulo the sample's range,
// with zeros outside the image. (1,1) leaves `pixel - left - up + up_left`. FORMAT.md, "The zstd
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

// Chooses the filter that leaves the least sum of magnitudes, writes `residual` [samples] and
// returns both. `up` and `up_up` are the rows above, zeros where there is none; `scratch` is for
// re-use only.
struct FilteredRow {
  RowFilter filter;
  std::uint64_t magnitude;
};
template <typename T>
FilteredRow filter_row(const T* row, const T* up, const T* up_up, std::size_t samples,
                       std::vector<T>& scratch, T* residual);

// The inverse. `row` may not overlap its inputs. The same result on every machine: vector
// instructions where the processor has them (AVX2), else portable code.
template <typename T>
void restore_row(RowFilter filter, const T* residual, const T* up, const T* up_up,
                 std::size_t samples, T* row);

// The portable code, for tests to compare with.
template <typename T>
void restore_row_portably(RowFilter filter, const T* residual, const T* up, const T* up_up,
                          std::size_t samples, T* row);

}  // namespace rod::shard
