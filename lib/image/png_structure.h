// A PNG file's chunks, checked to the last byte without decoding a pixel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "image/image.h"

namespace rod::image {

struct PngStructure {
  std::uint32_t width = 0, height = 0;
  unsigned bit_depth = 0;    // 1, 2, 4, 8 or 16
  unsigned colour_type = 0;  // 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGB + alpha
  bool interlaced = false;
  std::size_t pixels = 0;  // offset of the first IDAT chunk
  std::size_t end = 0;     // offset after IEND; what follows is ignored
  // chunks that do not make pixels (text, gamma, alpha of a palette, EXIF, animation)
  bool has_ancillary = false;

  // What a depth image in millimetres is.
  bool is_grey16() const { return bit_depth == 16 && colour_type == 0; }
};

bool looks_like_png(std::span<const std::byte> data);

// Signature, chunk order, lengths, every CRC, IHDR's values, one run of IDAT, IEND present.
// Source: PNG specification, third edition, sections 5 and 11.
std::variant<PngStructure, Rejection> check_png(std::span<const std::byte> data);

// The compressed pixels: what the IDAT chunks hold, joined in `room` where there are several.
// REQUIRES: check_png made `png` of `data`.
std::span<const std::byte> image_stream(std::span<const std::byte> data, const PngStructure& png,
                                        std::vector<std::byte>& room);

// The file without its ancillary chunks. REQUIRES: check_png accepted it.
std::vector<std::byte> critical_chunks(std::span<const std::byte> data);

}  // namespace rod::image
