#include <libdeflate.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "image/png.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

namespace {

constexpr unsigned kNone = 0, kSub = 1, kUp = 2, kAverage = 3;  // and 4, Paeth

std::uint8_t paeth(int left, int up, int corner) {
  const int to_left = std::abs(up - corner), to_up = std::abs(left - corner);
  const int to_corner = std::abs(left + up - 2 * corner);
  if (to_left <= to_up && to_left <= to_corner) return static_cast<std::uint8_t>(left);
  return static_cast<std::uint8_t>(to_up <= to_corner ? up : corner);
}

void undo_up(const std::uint8_t* in, const std::uint8_t* up, std::size_t bytes, std::uint8_t* out) {
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<std::uint8_t>(in[i] + up[i]);
}

// Sub, Average and Paeth, sample by sample.
template <unsigned filter>
void undo_samples(const std::uint8_t* in, const std::uint8_t* up, std::size_t bytes, unsigned pixel,
                  std::uint8_t* out) {
  for (std::size_t i = 0; i < bytes; ++i) {
    const unsigned left = i < pixel ? 0 : out[i - pixel], corner = i < pixel ? 0 : up[i - pixel];
    const unsigned predicted = filter == kSub       ? left
                               : filter == kAverage ? (left + up[i]) / 2
                                                    : paeth(int(left), int(up[i]), int(corner));
    out[i] = static_cast<std::uint8_t>(in[i] + predicted);
  }
}

#if defined(__SSE2__)

// A pixel at a time in one register: what it is predicted from is the pixel before, so more can't
// be had.
__m128i load4(const std::uint8_t* at) {
  int word;
  std::memcpy(&word, at, 4);
  return _mm_cvtsi32_si128(word);
}

__m128i predict_paeth(__m128i left, __m128i up, __m128i corner) {  // 16-bit lanes
  const auto magnitude = [](__m128i x) {
    return _mm_max_epi16(x, _mm_sub_epi16(_mm_setzero_si128(), x));
  };
  const auto choose = [](__m128i mask, __m128i yes, __m128i no) {
    return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
  };
  const __m128i p = _mm_sub_epi16(up, corner), q = _mm_sub_epi16(left, corner);
  const __m128i to_left = magnitude(p), to_up = magnitude(q),
                to_corner = magnitude(_mm_add_epi16(p, q));
  const __m128i least = _mm_min_epi16(to_corner, _mm_min_epi16(to_left, to_up));
  return choose(_mm_cmpeq_epi16(least, to_left), left,
                choose(_mm_cmpeq_epi16(least, to_up), up, corner));
}

template <unsigned filter, unsigned pixel>
void undo_pixels(const std::uint8_t* in, const std::uint8_t* up, std::size_t bytes,
                 std::uint8_t* out) {
  const __m128i zero = _mm_setzero_si128(), one = _mm_set1_epi8(1);
  const __m128i byte = _mm_set1_epi16(0xFF);
  __m128i left = zero, corner = zero;  // bytes; 16-bit lanes for Paeth
  for (std::size_t i = 0; i < bytes; i += pixel) {
    const __m128i residual = load4(in + i);
    __m128i value;
    if constexpr (filter == kSub) {
      value = left = _mm_add_epi8(residual, left);
    } else if constexpr (filter == kAverage) {
      const __m128i above = load4(up + i);
      // pavgb rounds up, PNG rounds down.
      const __m128i odd = _mm_and_si128(_mm_xor_si128(left, above), one);
      value = left = _mm_add_epi8(residual, _mm_sub_epi8(_mm_avg_epu8(left, above), odd));
    } else {
      const __m128i above = _mm_unpacklo_epi8(load4(up + i), zero);
      const __m128i predicted = predict_paeth(left, above, corner);
      left = _mm_and_si128(_mm_add_epi16(_mm_unpacklo_epi8(residual, zero), predicted), byte);
      value = _mm_packus_epi16(left, left);
      corner = above;
    }
    const int word = _mm_cvtsi128_si32(value);
    // The fourth byte of a 3-byte pixel is the next one's first, which is written right after.
    std::memcpy(out + i, &word, i + 4 <= bytes ? 4 : pixel);
  }
}

#endif

template <unsigned filter>
void undo(const std::uint8_t* in, const std::uint8_t* up, std::size_t bytes, unsigned pixel,
          std::uint8_t* out) {
#if defined(__SSE2__)
  if (pixel == 3) return undo_pixels<filter, 3>(in, up, bytes, out);
  if (pixel == 4) return undo_pixels<filter, 4>(in, up, bytes, out);
#endif
  undo_samples<filter>(in, up, bytes, pixel, out);
}

}  // namespace

void undo_png_filter(unsigned filter, const std::uint8_t* in, const std::uint8_t* up,
                     std::size_t bytes, unsigned pixel, std::uint8_t* out) {
  switch (filter) {
    case kNone:
      if (in != out) std::memcpy(out, in, bytes);
      return;
    case kSub:
      return undo<kSub>(in, up, bytes, pixel, out);
    case kUp:
      return undo_up(in, up, bytes, out);
    case kAverage:
      return undo<kAverage>(in, up, bytes, pixel, out);
    default:
      return undo<kPngFilters - 1>(in, up, bytes, pixel, out);
  }
}

}  // namespace rod::image
