// An image format as a newcomer would add it: this file, a line in lib/image/format_table.cc and
// one in lib/image/CMakeLists.txt. A file is "TOY", a width, a height and the colour of every
// pixel, a byte each.
#include <cstring>

#include "image/image_format.h"

namespace rod::image {
namespace {

constexpr std::size_t kToyBytes = 8;

bool looks_like_toy(std::span<const std::byte> data) {
  return data.size() >= 3 && std::memcmp(data.data(), "TOY", 3) == 0;
}

std::variant<ImageHeader, Reject> check_toy(std::span<const std::byte> data) {
  if (data.size() != kToyBytes) return Reject{"TOY is truncated"};
  return ImageHeader{
      std::to_integer<std::uint32_t>(data[3]), std::to_integer<std::uint32_t>(data[4]), 8, 3, {}};
}

Decoded decode_toy(std::span<const std::byte> data, const ImageHeader& header,
                   const DecodeOptions&) {
  Image image(header.height, header.width, 3, 1);
  for (std::size_t i = 0; i < image.bytes.size(); ++i) image.bytes[i] = data[5 + i % 3];
  return image;
}

}  // namespace

extern const ImageFormat kToyFormat = {"TOY", looks_like_toy, check_toy, decode_toy};

}  // namespace rod::image
