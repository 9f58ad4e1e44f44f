#include <array>

#include "image/image_format.h"

namespace rod {

// A new format is added to this table, and its file to CMakeLists.txt. Nothing else names them all.
extern const ImageFormat kPngFormat, kJpegFormat;
constexpr std::array kImageFormats = {
    &kJpegFormat,
    &kPngFormat,
};

std::span<const ImageFormat* const> image_formats() {
  return kImageFormats;
}

}  // namespace rod
