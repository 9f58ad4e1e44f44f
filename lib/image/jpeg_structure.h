// Validates a JPEG file's markers from SOI to EOI, without decoding pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "image/image.h"

namespace rod::image {

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
