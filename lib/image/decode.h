// Decodes image files to pixels, or returns the reason why not.
#pragma once

#include <cstddef>
#include <span>

#include "image/image.h"

namespace rod::image {

struct DecodeOptions {
  std::uint64_t max_pixels = 64'000'000;  // checked in the header, before anything is allocated
  // Metres per unit of depth that is not 8-bit. 0: 0.001 for whole numbers, 1 for floating-point
  // ones.
  double depth_scale = 0;
};

// PNG, JPEG, WebP, TIFF and BMP as 8-bit RGB [H,W,3]. Thread-safe.
//
// Grey and palette images are expanded, alpha is dropped, and of 16-bit colours the high byte is
// kept, as Pillow does. EXIF orientation (see geometry.h), gamma, colour profiles and everything
// else that does not affect pixels are ignored. Refused by name: 16-bit grey and NPY, which are
// depth images; CMYK and 12-bit JPEG; animations and files of several pages; GIF, AVIF, HEIC,
// OpenEXR and JPEG 2000.
//
// Truncated and damaged files are refused, even if a lenient decoder would continue:
// - PNG: by its structure and checksums. A palette index beyond the palette is an error, as the PNG
//   specification calls it one.
// - JPEG: by its markers up to the last, by what its decoder warns of, and, if it is progressive,
//   by scans that are missing although an EOI marker follows. Two warnings change no pixel and are
//   accepted: an unknown JFIF version, such as 2.01, and padding (one byte, repeated) before EOI.
// - WebP, TIFF, BMP: by their structure, and by what libwebp and libtiff report.
// - NPY: by its header and its exact size.
// JPEG, WebP, BMP, NPY and most TIFFs have no checksum, so most changed bytes in their pixel data
// can't be detected without a hash of the source.
Decoded decode_rgb(std::span<const std::byte> data, const DecodeOptions& options = {});

// A depth image: an 8-bit colouring [H,W,3] (8-bit grey is expanded, masks of 1, 2 or 4 bits are
// refused), or millimetres as U16 [H,W,1], of 16-bit grey PNG or TIFF, or of NPY: U16, or F32 in
// metres. `options.depth_scale` changes the unit of these. Where a floating-point depth is not a
// number or not positive, the result is 0: no measurement. Depth beyond 65.535 m, 16-bit colours
// and 16-bit grey with alpha are refused. Otherwise like decode_rgb().
Decoded decode_depth(std::span<const std::byte> data, const DecodeOptions& options = {});

}  // namespace rod::image
