// Validates a PNG's chunks and a JPEG's markers to the last one, without decoding pixels.
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

  // Whether this is the format of a depth image in millimetres.
  bool is_grey16() const { return bit_depth == 16 && colour_type == 0; }
};

bool looks_like_png(std::span<const std::byte> data);

// Checks the signature, chunk order, lengths, every CRC, IHDR's values, that IDAT chunks are
// consecutive, and that IEND is present. Source: PNG specification, third edition, sections 5 and
// 11.
std::variant<PngStructure, Reject> check_png(std::span<const std::byte> data);

// Returns the compressed pixels: the content of the IDAT chunks, joined in `room` if there are
// several. Requires: check_png() returned `png` for `data`.
std::span<const std::byte> image_stream(std::span<const std::byte> data, const PngStructure& png,
                                        std::vector<std::byte>& room);

// Returns the file without its ancillary chunks. Requires: check_png() accepted it.
std::vector<std::byte> critical_chunks(std::span<const std::byte> data);

struct JpegStructure {
  std::uint32_t width = 0, height = 0;
  unsigned components = 0;  // 1 grey, 3 colour
};

bool looks_like_jpeg(std::span<const std::byte> data);

// Accepts 8-bit baseline, extended and progressive Huffman files of 1 or 3 components that end in
// an EOI marker, with at most 100 scans (each costs a pass over all pixels). The scans must cover
// every component, and in a progressive file every bit of every coefficient: a progressive file
// that ends early decodes to a blurred picture without a warning. So every truncation is detected.
// A damaged byte between markers is not, because a JPEG has no checksum; only a hash of the source
// detects it. Source: ITU-T T.81, annex B.
std::variant<JpegStructure, Reject> check_jpeg(std::span<const std::byte> data);

}  // namespace rod::image
