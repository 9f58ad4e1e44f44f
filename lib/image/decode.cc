#include "image/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "image/jpeg_pixels.h"
#include "image/jpeg_structure.h"
#include "image/png_pixels.h"
#include "image/png_structure.h"

namespace rod {
namespace {

enum class Kind { kColour, kGrey16 };

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

// REQUIRES: `data` passed its structure check and the limits.
Decoded decode_checked(std::span<const std::byte> data, Kind kind, std::uint32_t height,
                       std::uint32_t width) {
  // OpenCV's own threads would only fight with those that decode other images.
  [[maybe_unused]] static const bool once = (cv::setNumThreads(1), true);
  const cv::Mat input(1, static_cast<int>(data.size()), CV_8UC1,
                      const_cast<std::byte*>(data.data()));
  const int flags =
      cv::IMREAD_IGNORE_ORIENTATION |
      (kind == Kind::kColour ? cv::IMREAD_COLOR : cv::IMREAD_GRAYSCALE | cv::IMREAD_ANYDEPTH);
  const int type = kind == Kind::kColour ? CV_8UC3 : CV_16UC1;
  try {
    cv::Mat pixels = cv::imdecode(input, flags);
    if (pixels.empty()) return Rejection{"pixel data is damaged"};
    if (pixels.type() != type || pixels.rows != static_cast<int>(height) ||
        pixels.cols != static_cast<int>(width)) {
      return Rejection{fmt::format("decoded to {}x{} of OpenCV type {}, expected {}x{} of type {}",
                                   pixels.cols, pixels.rows, pixels.type(), width, height, type)};
    }
    Image image(height, width, kind == Kind::kColour ? 3 : 1, kind == Kind::kColour ? 1 : 2);
    cv::Mat out(pixels.rows, pixels.cols, type, image.bytes.data());
    if (kind == Kind::kColour) {
      cv::cvtColor(pixels, out, cv::COLOR_BGR2RGB);
    } else {
      pixels.copyTo(out);
    }
    return image;
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) throw std::bad_alloc();
    return Rejection{"OpenCV can't decode it: " + error.err};
  }
}

Decoded decode_png(std::span<const std::byte> data, Kind kind, const PngStructure& png) {
  data = data.first(png.end);
  if (auto image = decode_common_png(data, png)) return *std::move(image);
  if (!png.has_ancillary) return decode_checked(data, kind, png.height, png.width);
  // OpenCV's versions differ in what they make of EXIF, animations and transparent palettes, and
  // libpng prints its warnings: none of them sees the chunks that do not make pixels.
  return decode_checked(critical_chunks(data), kind, png.height, png.width);
}

bool is_grey16(const PngStructure& png) {
  return png.bit_depth == 16 && png.colour_type == 0;
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
  if (depth && is_grey16(png)) return decode_png(data, Kind::kGrey16, png);
  // Colours keep their high byte; millimetres without it, or with, would be other millimetres.
  if (png.bit_depth == 16 && (depth || is_grey16(png))) {
    return Rejection{fmt::format("PNG of 16-bit {}, expected {}",
                                 is_grey16(png)         ? "grey: a depth image"
                                 : png.colour_type == 4 ? "grey with alpha"
                                                        : "RGB",
                                 depth ? "8-bit colour or 16-bit grey" : "colour")};
  }
  if (depth && png.bit_depth < 8 && png.colour_type == 0) {
    return Rejection{fmt::format("PNG of {}-bit grey: a mask, not a depth image", png.bit_depth)};
  }
  return decode_png(data, Kind::kColour, png);
}

}  // namespace

Decoded decode_rgb(std::span<const std::byte> data, const DecodeLimits& limits) {
  return decode(data, limits, false);
}

Decoded decode_depth(std::span<const std::byte> data, const DecodeLimits& limits) {
  return decode(data, limits, true);
}

}  // namespace rod
