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

}  // namespace

extern const ImageFormat kGifFormat = {
    "GIF", [](std::span<const std::byte> data) { return text_at(data, 0, "GIF8"); }};

extern const ImageFormat kAvifFormat = {"AVIF", [](std::span<const std::byte> data) {
                                          return is_brand(data, {"avif", "avis"});
                                        }};

extern const ImageFormat kHeicFormat = {
    "HEIC", [](std::span<const std::byte> data) {
      return is_brand(data, {"heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"});
    }};

extern const ImageFormat kExrFormat = {"OpenEXR", [](std::span<const std::byte> data) {
                                         return text_at(data, 0, "\x76\x2F\x31\x01");
                                       }};

// A file of boxes, or a bare code stream.
extern const ImageFormat kJpeg2000Format = {"JPEG 2000", [](std::span<const std::byte> data) {
                                              return text_at(data, 4, "jP  \r\n\x87\n") ||
                                                     text_at(data, 0, "\xFF\x4F\xFF\x51");
                                            }};

}  // namespace rod::image
