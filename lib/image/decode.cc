#include "image/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "image/depth.h"
#include "image/image_format.h"

namespace rod::image {
namespace {

std::string hex_of_start(std::span<const std::byte> data) {
  std::string text;
  for (const std::byte b : data.first(std::min<std::size_t>(data.size(), 4))) {
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", std::to_integer<unsigned>(b));
  }
  return text;
}

const ImageFormat* format_of(std::span<const std::byte> data) {
  for (const ImageFormat* const format : image_formats()) {
    if (format->recognise(data)) return format;
  }
  return nullptr;
}

// "JPEG, PNG, …"
std::string format_names() {
  std::string names;
  for (const ImageFormat* const format : image_formats()) {
    names += names.empty() ? "" : ", ";
    names += format->name;
  }
  return names;
}

// Why an image of this kind can't take the place; empty when it can. Colours keep their high byte;
// millimetres without it, or with, would be other millimetres.
std::string unsuitable(const ImageFormat& format, const ImageHeader& header, bool depth) {
  if (depth && header.is_depth()) return {};
  if (header.bits >= 16 && (depth || header.channels == 1)) {
    return fmt::format("{} of {}-bit {}, expected {}", format.name, header.bits,
                       header.channels == 1   ? "grey: a depth image"
                       : header.channels == 2 ? "grey with alpha"
                                              : "RGB",
                       depth ? "8-bit colour or 16-bit grey" : "colour");
  }
  if (depth && header.bits < 8 && header.channels == 1) {
    return fmt::format("{} of {}-bit grey: a mask, not a depth image", format.name, header.bits);
  }
  return {};
}

Decoded decode(std::span<const std::byte> data, const DecodeOptions& options, bool depth) {
  if (data.empty()) return Reject{"empty file"};
  const ImageFormat* const format = format_of(data);
  if (format == nullptr) {
    return Reject{fmt::format("none of the known formats ({}): it starts with the bytes {}",
                              format_names(), hex_of_start(data))};
  }
  if (format->check == nullptr) {
    return Reject{
        fmt::format("{} is not decoded: convert the files to PNG, and 16-bit depth to 16-bit PNG",
                    format->name)};
  }
  const auto checked = format->check(data);
  if (const auto* reject = std::get_if<Reject>(&checked)) return *reject;
  const auto& header = std::get<ImageHeader>(checked);
  if (std::uint64_t{header.width} * header.height > options.max_pixels) {
    return Reject{fmt::format("{}x{} pixels, at most {} are accepted", header.width, header.height,
                              options.max_pixels)};
  }
  if (auto fault = unsuitable(*format, header, depth); !fault.empty()) return Reject{fault};
  Decoded decoded = format->decode(data, header, options);
  auto* const image = std::get_if<Image>(&decoded);
  if (image != nullptr && header.is_grey16() && options.depth_scale > 0) {
    if (auto fault = scale_to_millimetres(*image, options.depth_scale)) return *std::move(fault);
  }
  return decoded;
}

}  // namespace

Decoded decode_rgb(std::span<const std::byte> data, const DecodeOptions& options) {
  return decode(data, options, false);
}

Decoded decode_depth(std::span<const std::byte> data, const DecodeOptions& options) {
  return decode(data, options, true);
}

}  // namespace rod::image
