// Formats that are recognised but refused by name, because their decoders are large or they are
// rarely used.
#include <cstring>
#include <string_view>

#include "image/image_format.h"

namespace rod::image {
namespace {

bool text_at(std::span<const std::byte> data, std::size_t at, std::string_view text) {
  return data.size() >= at + text.size() &&
         std::memcmp(data.data() + at, text.data(), text.size()) == 0;
}

// ISO base media: a box `ftyp` whose first brand tells the kind of file.
bool is_brand(std::span<const std::byte> data, std::initializer_list<std::string_view> brands) {
  if (!text_at(data, 4, "ftyp")) return false;
  for (const std::string_view brand : brands) {
    if (text_at(data, 8, brand)) return true;
  }
  return false;
}

Rejection refused(const char* name) {
  return Rejection{std::string(name) +
                   " is not decoded: convert the files to PNG, and 16-bit depth "
                   "to 16-bit PNG"};
}

Decoded never(std::span<const std::byte>, const ImageHeader&, const DecodeOptions&) {
  return Rejection{"is not decoded"};
}

}  // namespace

extern const ImageFormat kGifFormat = {
    "GIF", [](std::span<const std::byte> data) { return text_at(data, 0, "GIF8"); },
    [](std::span<const std::byte>) -> std::variant<ImageHeader, Rejection> {
      return refused("GIF");
    },
    never};

extern const ImageFormat kAvifFormat = {
    "AVIF",
    [](std::span<const std::byte> data) {
      return is_brand(data, {"avif", "avis"});
    },
    [](std::span<const std::byte>) -> std::variant<ImageHeader, Rejection> {
      return refused("AVIF");
    },
    never};

extern const ImageFormat kHeicFormat = {
    "HEIC",
    [](std::span<const std::byte> data) {
      return is_brand(data, {"heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"});
    },
    [](std::span<const std::byte>) -> std::variant<ImageHeader, Rejection> {
      return refused("HEIC");
    },
    never};

extern const ImageFormat kExrFormat = {
    "OpenEXR", [](std::span<const std::byte> data) { return text_at(data, 0, "\x76\x2F\x31\x01"); },
    [](std::span<const std::byte>) -> std::variant<ImageHeader, Rejection> {
      return refused("OpenEXR");
    },
    never};

// A file of boxes, or a bare code stream.
extern const ImageFormat kJpeg2000Format = {
    "JPEG 2000",
    [](std::span<const std::byte> data) {
      return text_at(data, 4, "jP  \r\n\x87\n") || text_at(data, 0, "\xFF\x4F\xFF\x51");
    },
    [](std::span<const std::byte>) -> std::variant<ImageHeader, Rejection> {
      return refused("JPEG 2000");
    },
    never};

}  // namespace rod::image
