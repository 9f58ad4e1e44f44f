// BMP by stb_image: 1, 4 and 8 bits with a palette, 24 and 32 bits; not run-length encoded.
// A BMP has no checksum, so a truncated file is detected but changed pixels are not.
#include <fmt/format.h>

#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "image/image_format.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_FAILURE_STRINGS
#include <stb_image.h>

namespace rod::image {
namespace {

constexpr std::size_t kFileHeader = 14;

std::uint32_t bmp_number(std::span<const std::byte> data, std::size_t at, unsigned bytes) {
  std::uint32_t value = 0;
  for (unsigned n = bytes; n-- > 0;)
    value = value << 8 | std::to_integer<std::uint32_t>(data[at + n]);
  return value;
}

// The largest palette index of the pixels, rows of `stride` bytes.
unsigned largest_index(std::span<const std::byte> rows, std::uint32_t width, unsigned bits,
                       std::size_t stride) {
  unsigned largest = 0;
  for (std::size_t row = 0; row < rows.size(); row += stride) {
    for (std::size_t x = 0; x < width; ++x) {
      const auto byte = std::to_integer<unsigned>(rows[row + x * bits / 8]);
      const unsigned shift = 8 - bits - x * bits % 8;
      largest = std::max(largest, byte >> shift & ((1u << bits) - 1));
    }
  }
  return largest;
}

bool looks_like_bmp(std::span<const std::byte> data) {
  // Many texts begin with "BM", so the offset of the pixels and the header's size must be plausible
  // too.
  if (data.size() < kFileHeader + 4 || std::memcmp(data.data(), "BM", 2) != 0) return false;
  const std::uint32_t header = bmp_number(data, 14, 4);
  return header == 12 || (16 <= header && header <= 124);
}

std::variant<ImageHeader, Reject> check_bmp(std::span<const std::byte> data) {
  const std::uint32_t offset = bmp_number(data, 10, 4), header_bytes = bmp_number(data, 14, 4);
  if (header_bytes != 40 && header_bytes != 56 && header_bytes != 108 && header_bytes != 124) {
    return Reject{
        fmt::format("BMP with a header of {} bytes, expected 40, 56, 108 or 124", header_bytes)};
  }
  if (data.size() < kFileHeader + header_bytes || data.size() > INT_MAX) {
    return Reject{fmt::format("BMP is truncated: it has {} bytes", data.size())};
  }
  const auto width = static_cast<std::int32_t>(bmp_number(data, 18, 4));
  const auto signed_height = static_cast<std::int32_t>(bmp_number(data, 22, 4));
  const unsigned bits = bmp_number(data, 28, 2), method = bmp_number(data, 30, 4);
  if (width < 1 || signed_height == 0 || signed_height == INT32_MIN) {
    return Reject{fmt::format("BMP claims {}x{} pixels", width, signed_height)};
  }
  const auto height = static_cast<std::uint32_t>(std::abs(signed_height));
  constexpr unsigned kPlain = 0, kRle8 = 1, kRle4 = 2, kMasks = 3;
  if (method == kRle8 || method == kRle4) {
    return Reject{"BMP is run-length encoded, expected plain pixels"};
  }
  if (method != kPlain && !(method == kMasks && bits == 32)) {
    return Reject{fmt::format("BMP with compression {} and {} bits", method, bits)};
  }
  if (bits != 1 && bits != 4 && bits != 8 && bits != 24 && bits != 32) {
    return Reject{fmt::format("BMP of {} bits per pixel, expected 1, 4, 8, 24 or 32", bits)};
  }
  const std::size_t stride = (std::size_t{bits} * static_cast<std::uint32_t>(width) + 31) / 32 * 4;
  const std::size_t end = offset + stride * height;
  if (offset < kFileHeader + header_bytes || end > data.size()) {
    return Reject{fmt::format("BMP is truncated: it has {} bytes, its pixels are at {} to {}",
                              data.size(), offset, end)};
  }
  if (bits <= 8) {
    const std::size_t colours = (offset - kFileHeader - header_bytes) / 4;
    if (colours == 0 || colours > 256) {
      return Reject{fmt::format("BMP has a palette of {} colours", colours)};
    }
    const unsigned largest = largest_index(data.subspan(offset, stride * height),
                                           static_cast<std::uint32_t>(width), bits, stride);
    if (largest >= colours) {
      return Reject{fmt::format("BMP is invalid: a pixel has colour {} of a palette of {}", largest,
                                colours)};
    }
  }
  return ImageHeader{static_cast<std::uint32_t>(width), height, 8, 3, {}};
}

Decoded decode_bmp(std::span<const std::byte> data, const ImageHeader& header,
                   const DecodeOptions&) {
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<stbi_uc, decltype(&std::free)> pixels(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(data.data()),
                            static_cast<int>(data.size()), &width, &height, &channels, 3),
      std::free);
  if (pixels == nullptr) return Reject{"BMP is damaged, or of a kind that stb_image can't read"};
  if (static_cast<std::uint32_t>(width) != header.width ||
      static_cast<std::uint32_t>(height) != header.height) {
    return Reject{fmt::format("BMP is damaged: it has {}x{} pixels", width, height)};
  }
  Image image(header.height, header.width, 3, 1);
  std::memcpy(image.bytes.data(), pixels.get(), image.bytes.size());
  return image;
}

}  // namespace

extern const ImageFormat kBmpFormat = {"BMP", looks_like_bmp, check_bmp, decode_bmp};

}  // namespace rod::image
