#include "image/png_pixels.h"

#include <libdeflate.h>

#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "image/png_unfilter.h"

namespace rod::image {
namespace {

// Unpacked rows in memory, for each thread; a larger image is decoded row by row elsewhere.
constexpr std::size_t kMaxBytes = 32 << 20;
constexpr std::size_t kSlack = 4;  // bytes that undo_png_filter may read behind a row

struct Inflater {
  libdeflate_decompressor* handle = libdeflate_alloc_decompressor();
  std::vector<std::byte> stream;       // of a PNG with several IDAT chunks
  std::vector<std::uint8_t> rows;      // [H, 1 + row bytes], then kSlack
  std::vector<std::uint8_t> zero_row;  // above the first row, with kSlack

  Inflater() {
    if (handle == nullptr) throw std::bad_alloc();
  }
  ~Inflater() { libdeflate_free_decompressor(handle); }

  // Fills rows with exactly `bytes` bytes, or returns false.
  bool inflate(std::span<const std::byte> zlib, std::size_t bytes) {
    rows.resize(bytes + kSlack);
    std::size_t used = 0;
    // Without a place for the count, libdeflate demands that the output is exactly `bytes` long.
    return libdeflate_zlib_decompress_ex(handle, zlib.data(), zlib.size(), rows.data(), bytes,
                                         &used, nullptr) == LIBDEFLATE_SUCCESS &&
           used == zlib.size();
  }
};

// Samples of `channels` each, grey or RGB first, to RGB.
void expand(const std::uint8_t* in, std::size_t pixels, unsigned channels, std::uint8_t* out) {
  const bool colour = channels >= 3;
  for (std::size_t i = 0; i < pixels; ++i, in += channels, out += 3) {
    out[0] = in[0];
    out[1] = in[colour ? 1 : 0];
    out[2] = in[colour ? 2 : 0];
  }
}

void from_big_endian(const std::uint8_t* in, std::size_t samples, std::uint16_t* out) {
  for (std::size_t i = 0; i < samples; ++i) {
    out[i] = static_cast<std::uint16_t>(in[2 * i] << 8 | in[2 * i + 1]);
  }
}

// Bytes per pixel in the file, or 0 for a kind that is not decoded here.
unsigned pixel_bytes(const PngStructure& png) {
  if (png.interlaced) return 0;
  if (png.is_grey16()) return 2;
  if (png.bit_depth != 8) return 0;
  return png.colour_type == 0   ? 1
         : png.colour_type == 2 ? 3
         : png.colour_type == 4 ? 2
         : png.colour_type == 6 ? 4
                                : 0;
}

}  // namespace

std::optional<Image> decode_common_png(std::span<const std::byte> data, const PngStructure& png) {
  const unsigned pixel = pixel_bytes(png);
  if (pixel == 0) return std::nullopt;
  static thread_local Inflater inflater;
  const std::size_t row = std::size_t{png.width} * pixel;
  const std::size_t bytes = png.height * (1 + row);
  if (bytes > kMaxBytes || !inflater.inflate(image_stream(data, png, inflater.stream), bytes))
    return std::nullopt;

  const bool millimetres = png.is_grey16();
  const bool is_rgb = png.colour_type == 2;
  Image image(png.height, png.width, millimetres ? 1 : 3, millimetres ? 2 : 1);
  inflater.zero_row.assign(row + kSlack, 0);
  const std::uint8_t* up = inflater.zero_row.data();
  std::uint8_t* in = inflater.rows.data();
  for (std::uint32_t y = 0; y < png.height; ++y, in += 1 + row) {
    if (in[0] >= kPngFilters) return std::nullopt;
    std::uint8_t* const target = image.u8() + std::size_t{y} * png.width * (millimetres ? 2 : 3);
    std::uint8_t* const out = is_rgb ? target : in + 1;
    undo_png_filter(in[0], in + 1, up, row, pixel, out);
    up = out;
    if (millimetres) {
      from_big_endian(out, png.width, image.u16() + std::size_t{y} * png.width);
    } else if (!is_rgb) {
      expand(out, png.width, pixel, target);
    }
  }
  return image;
}

}  // namespace rod::image
