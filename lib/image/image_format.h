// The table of image formats: how a file's bytes are told apart, validated and decoded.
//
// To add a format, write one file that defines its ImageFormat and list it in format_table.cc.
// decode.h walks through the table.
#pragma once

#include <any>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "image/decode.h"
#include "image/image.h"

namespace rod::image {

// What a file says of its pixels before they are decoded.
struct ImageHeader {
  std::uint32_t width = 0, height = 0;
  unsigned bits = 8;      // per sample, in the file; 32: floating point
  unsigned channels = 3;  // 1 grey, 2 grey and alpha, 3 RGB or palette, 4 RGB and alpha
  std::any details;       // what the format's check() found for its decode()

  bool is_grey16() const { return bits == 16 && channels == 1; }
  bool is_depth() const { return bits >= 16 && channels == 1; }
};

// Immutable; defined once per format, in the format's own file. All functions are thread-safe.
struct ImageFormat {
  const char* name;  // in messages: "PNG"

  // Whether the file claims to be of this format, by its first bytes. Every length is possible.
  bool (*recognise)(std::span<const std::byte> data);

  // Validates the file's structure without decoding a pixel, and without allocating by what it
  // claims.
  // Requires: recognise(data).
  std::variant<ImageHeader, Rejection> (*check)(std::span<const std::byte> data);

  // 16-bit grey as U16 [H,W,1]; all else as 8-bit RGB [H,W,3]: grey and palettes expanded, of 16
  // bits the high byte kept, alpha dropped. Requires: check() made `header` of `data`; the image
  // fits the limits. Returns a Rejection for damaged pixels. Throws std::bad_alloc. 32-bit grey is
  // depth in floating point, and becomes millimetres by `options`.
  Decoded (*decode)(std::span<const std::byte> data, const ImageHeader& header,
                    const DecodeOptions& options);
};

// Every format, in the order in which a file is compared with them.
std::span<const ImageFormat* const> image_formats();

}  // namespace rod::image
