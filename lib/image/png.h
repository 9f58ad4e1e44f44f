// Encodes PNG, and decodes it: common kinds several times as fast as libpng, every kind with
// libpng.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "image/image.h"
#include "image/image_structure.h"

namespace rod::image {

// 8 bits per sample without palette -> 8-bit RGB [H,W,3], grey expanded and alpha dropped; 16-bit
// grey -> [H,W,1]. The zlib stream must be complete, have exactly the image's size and match its
// checksum. Returns nothing for other kinds (palette, interlace, 1 to 4 bits, 16-bit colour) and
// for any irregularity; decode_any_png() then decides.
// Requires: check_png() returned `png` for `data`; the image fits the limits. Thread-safe.
// Source: PNG specification, third edition, sections 9 and 10.
std::optional<Image> decode_common_png(std::span<const std::byte> data, const PngStructure& png);

inline constexpr unsigned kPngFilters = 5;

// Reverses a row filter: `in` and `up` (the row above, zeros above the first) -> `out`, [bytes];
// `pixel` bytes per pixel: 1, 2, 3 or 4. `in` may equal `out` unless `pixel` is 3. Requires: filter
// < kPngFilters; bytes is a multiple of `pixel`; one more byte can be read after `in` and `up`.
// Source: PNG specification, section 9.2.
void undo_png_filter(unsigned filter, const std::uint8_t* in, const std::uint8_t* up,
                     std::size_t bytes, unsigned pixel, std::uint8_t* out);

// Encodes 8-bit RGB, 8-bit grey or 16-bit grey. The same pixels give the same bytes. `level` 0-9.
std::vector<std::byte> encode_png(const Image& image, int level = 6);

// 16-bit grey -> u16 [H,W,1]; everything else -> 8-bit RGB [H,W,3]: palettes and grey expanded, of
// 16 bits the high byte kept, alpha dropped. Gamma and colour profiles are not applied. Returns a
// Reject with libpng's message for damaged data. Throws std::bad_alloc. Requires: check_png()
// returned `png` for `data`; the image fits the limits. Thread-safe.
Decoded decode_any_png(std::span<const std::byte> data, const PngStructure& png);

}  // namespace rod::image
