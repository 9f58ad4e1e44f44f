#include <array>

#include "image/image_format.h"

namespace rod::image {

// A new format is added to this table, and its file to CMakeLists.txt. Nothing else names them all.
extern const ImageFormat kJpegFormat, kPngFormat, kWebpFormat, kTiffFormat, kBmpFormat, kNpyFormat,
    kGifFormat, kAvifFormat, kHeicFormat, kExrFormat, kJpeg2000Format;
constexpr std::array kImageFormats = {
    &kJpegFormat,
    &kPngFormat,
    &kWebpFormat,
    &kTiffFormat,
    &kBmpFormat,
    &kNpyFormat,
    // Refused by their names.
    &kGifFormat,
    &kAvifFormat,
    &kHeicFormat,
    &kExrFormat,
    &kJpeg2000Format,
};

std::span<const ImageFormat* const> image_formats() {
  return kImageFormats;
}

}  // namespace rod::image
