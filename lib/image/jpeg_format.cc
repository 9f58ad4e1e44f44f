// JPEG: the structure by jpeg_structure.h, the pixels by libjpeg-turbo.
#include "image/image_format.h"
#include "image/jpeg_pixels.h"
#include "image/jpeg_structure.h"

namespace rod::image {
namespace {

std::variant<ImageHeader, Rejection> check_jpeg_file(std::span<const std::byte> data) {
  const auto checked = check_jpeg(data);
  if (const auto* rejection = std::get_if<Rejection>(&checked)) return *rejection;
  const auto& jpeg = std::get<JpegStructure>(checked);
  return ImageHeader{jpeg.width, jpeg.height, 8, jpeg.components, {}};
}

Decoded decode_jpeg_file(std::span<const std::byte> data, const ImageHeader& header,
                         const DecodeOptions&) {
  return jpeg_pixels(data, header.height, header.width);
}

}  // namespace

extern const ImageFormat kJpegFormat = {"JPEG", looks_like_jpeg, check_jpeg_file, decode_jpeg_file};

}  // namespace rod::image
