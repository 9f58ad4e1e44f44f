#include "image/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "image/any_png.h"
#include "image/jpeg_pixels.h"
#include "image/jpeg_structure.h"
#include "image/png_pixels.h"
#include "image/png_structure.h"

namespace rod {
namespace {

std::string hex_of_start(std::span<const std::byte> data) {
  std::string text;
  for (const std::byte b : data.first(std::min<std::size_t>(data.size(), 4))) {
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", std::to_integer<unsigned>(b));
  }
  return text;
}

std::string too_many_pixels(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits) {
  if (width * height <= limits.max_pixels) return {};
  return fmt::format("{}x{} pixels, at most {} are accepted", width, height, limits.max_pixels);
}

Decoded decode_png(std::span<const std::byte> data, const PngStructure& png) {
  data = data.first(png.end);
  if (auto image = decode_common_png(data, png)) return *std::move(image);
  return decode_any_png(data, png);
}

Decoded decode(std::span<const std::byte> data, const DecodeLimits& limits, bool depth) {
  if (data.empty()) return Rejection{"empty file"};
  if (looks_like_jpeg(data)) {
    const auto checked = check_jpeg(data);
    if (const auto* rejection = std::get_if<Rejection>(&checked)) return *rejection;
    const auto& jpeg = std::get<JpegStructure>(checked);
    if (auto fault = too_many_pixels(jpeg.width, jpeg.height, limits); !fault.empty())
      return Rejection{fault};
    return jpeg_pixels(data, jpeg.height, jpeg.width);
  }
  if (!looks_like_png(data)) {
    return Rejection{
        fmt::format("neither PNG nor JPEG: it starts with the bytes {}", hex_of_start(data))};
  }
  const auto checked = check_png(data);
  if (const auto* rejection = std::get_if<Rejection>(&checked)) return *rejection;
  const auto& png = std::get<PngStructure>(checked);
  if (auto fault = too_many_pixels(png.width, png.height, limits); !fault.empty())
    return Rejection{fault};
  if (depth && png.is_grey16()) return decode_png(data, png);
  // Colours keep their high byte; millimetres without it, or with, would be other millimetres.
  if (png.bit_depth == 16 && (depth || png.is_grey16())) {
    return Rejection{fmt::format("PNG of 16-bit {}, expected {}",
                                 png.is_grey16()        ? "grey: a depth image"
                                 : png.colour_type == 4 ? "grey with alpha"
                                                        : "RGB",
                                 depth ? "8-bit colour or 16-bit grey" : "colour")};
  }
  if (depth && png.bit_depth < 8 && png.colour_type == 0) {
    return Rejection{fmt::format("PNG of {}-bit grey: a mask, not a depth image", png.bit_depth)};
  }
  return decode_png(data, png);
}

}  // namespace

Decoded decode_rgb(std::span<const std::byte> data, const DecodeLimits& limits) {
  return decode(data, limits, false);
}

Decoded decode_depth(std::span<const std::byte> data, const DecodeLimits& limits) {
  return decode(data, limits, true);
}

}  // namespace rod
