// PNG: png_structure.cc validates the structure; png_pixels.cc decodes common kinds fast, libpng
// the others.
#include "image/image_format.h"
#include "image/image_structure.h"
#include "image/png.h"

namespace rod::image {
namespace {

std::variant<ImageHeader, Reject> check_png_file(std::span<const std::byte> data) {
  const auto checked = check_png(data);
  if (const auto* reject = std::get_if<Reject>(&checked)) return *reject;
  const auto& png = std::get<PngStructure>(checked);
  const unsigned channels = png.colour_type == 0   ? 1
                            : png.colour_type == 4 ? 2
                            : png.colour_type == 6 ? 4
                                                   : 3;
  return ImageHeader{png.width, png.height, png.bit_depth, channels, png};
}

Decoded decode_png_file(std::span<const std::byte> data, const ImageHeader& header,
                        const DecodeOptions&) {
  const auto& png = std::any_cast<const PngStructure&>(header.details);
  data = data.first(png.end);
  if (auto image = decode_common_png(data, png)) return *std::move(image);
  return decode_any_png(data, png);
}

}  // namespace

extern const ImageFormat kPngFormat = {"PNG", looks_like_png, check_png_file, decode_png_file};

}  // namespace rod::image
