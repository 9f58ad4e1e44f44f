// Reverses the five row filters of PNG.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rod::image {

inline constexpr unsigned kPngFilters = 5;

// `in` and `up` (the row above, zeros above the first) -> `out`, [bytes]; `pixel` bytes per pixel:
// 1, 2, 3 or 4. `in` may equal `out` unless `pixel` is 3. Requires: filter < kPngFilters; bytes is
// a multiple of `pixel`; one more byte can be read after `in` and `up`. Source: PNG specification,
// section 9.2.
void undo_png_filter(unsigned filter, const std::uint8_t* in, const std::uint8_t* up,
                     std::size_t bytes, unsigned pixel, std::uint8_t* out);

}  // namespace rod::image
