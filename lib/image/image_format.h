// The table of image formats: how files are recognised, validated and decoded.
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

// What a file's header says about its pixels.
struct ImageHeader {
  std::uint32_t width = 0, height = 0;
  unsigned bits = 8;      // per sample, in the file; 32: floating point
  unsigned channels = 3;  // 1 grey, 2 grey and alpha, 3 RGB or palette, 4 RGB and alpha
  std::any details;       // passed from the format's check() to its decode()

  bool is_grey16() const { return bits == 16 && channels == 1; }
  bool is_depth() const { return bits >= 16 && channels == 1; }
};

// Immutable; defined once per format, in the format's own file. All functions are thread-safe.
struct ImageFormat {
  const char* name;  // in messages: "PNG"

  // Whether the first bytes are those of this format. `data` may have any length.
  bool (*recognise)(std::span<const std::byte> data);

  // Validates the file's structure. Decodes no pixels, and allocates no memory based on sizes in
  // the file.
  // Requires: recognise(data). Null, as decode is, for a format that is recognised only to be
  // refused by its name.
  std::variant<ImageHeader, Reject> (*check)(std::span<const std::byte> data) = nullptr;

  // Returns 16-bit grey as U16 [H,W,1], and everything else as 8-bit RGB [H,W,3]: grey and palettes
  // are expanded, 16-bit values keep their high byte, alpha is dropped. 32-bit grey is depth in
  // floating point and is converted to millimetres as `options` says. Returns a Reject for
  // damaged pixels. Throws std::bad_alloc. Requires: check() returned `header` for `data`; the
  // image fits the limits.
  Decoded (*decode)(std::span<const std::byte> data, const ImageHeader& header,
                    const DecodeOptions& options) = nullptr;
};

// Every format, in the order in which recognise() is called.
std::span<const ImageFormat* const> image_formats();

}  // namespace rod::image
