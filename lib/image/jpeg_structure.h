// A JPEG file's markers from SOI to EOI, without decoding a pixel.
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
// an EOI marker, with at most 100 scans (each costs a pass over all pixels). The scans must bring
// every component, and in a progressive file every coefficient to its last bit: one that ends early
// is a blurred picture that its decoder does not warn of. So every cut is seen; a damaged byte
// between the markers is not, as a JPEG carries no checksum: only a hash of the source shows it.
// Source: ITU-T T.81, annex B.
std::variant<JpegStructure, Rejection> check_jpeg(std::span<const std::byte> data);

}  // namespace rod::image
