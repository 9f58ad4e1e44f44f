#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <vector>

#include "image/geometry.h"

namespace rod::image {
namespace {

constexpr int kPrecision = 22;  // 32 bits less 8 of the sample, less 2 of head room
constexpr std::int32_t kHalf = 1 << (kPrecision - 1);

// For every output position the input positions that it blends, and their weights, which add up
// to 1.
struct Filter {
  std::vector<std::uint32_t> first;   // [out] input position
  std::vector<std::int32_t> weights;  // [out, taps] fixed point; zeros after the last that counts
  std::uint32_t taps = 0;  // the same for all: a loop of changing length would be mispredicted
};

Filter triangle_filter(std::uint32_t in, std::uint32_t out) {
  const double scale = static_cast<double>(in) / out;
  const double support = std::max(scale, 1.0);  // the triangle's half width, in input pixels
  Filter filter;
  std::vector<std::vector<std::int32_t>> windows(out);
  filter.first.resize(out);
  for (std::uint32_t x = 0; x < out; ++x) {
    const double centre = (x + 0.5) * scale;
    // Truncation after adding a half, as Pillow rounds: its windows decide which weights are zero.
    const auto first = static_cast<std::uint32_t>(std::max(centre - support + 0.5, 0.0));
    const auto last = static_cast<std::uint32_t>(std::min(centre + support + 0.5, double(in)));
    std::vector<double> exact;
    for (std::uint32_t i = first; i < last; ++i) {
      exact.push_back(std::max(1.0 - std::abs((i - centre + 0.5) * (1.0 / support)), 0.0));
    }
    const double total = std::accumulate(exact.begin(), exact.end(), 0.0);
    for (const double weight : exact) {
      windows[x].push_back(static_cast<std::int32_t>(0.5 + weight / total * (1 << kPrecision)));
    }
    filter.first[x] = first;
    filter.taps = std::max(filter.taps, last - first);
  }
  for (std::vector<std::int32_t>& window : windows) {
    window.resize(filter.taps);
    filter.weights.insert(filter.weights.end(), window.begin(), window.end());
  }
  return filter;
}

std::uint8_t rounded(std::int32_t sum) {
  // Weights are not negative and add up to 1 within their rounding, so the sum needs no clipping.
  return static_cast<std::uint8_t>(sum >> kPrecision);
}

// Four samples at a time: R, G, B and a neighbour that is thrown away.
using Ints4 [[gnu::vector_size(16)]] = std::int32_t;

[[gnu::always_inline]] inline Ints4 widened4(const std::uint8_t* at) {
  std::int32_t word;
  std::memcpy(&word, at, 4);
  return (Ints4{word, word, word, word} >> Ints4{0, 8, 16, 24}) &
         0xFF;  // little-endian, as Image is
}

// Several rows at once: in [rows, stride] -> out [rows, windows, channels], so that a weight is
// loaded once. Requires: taps * channels + 1 readable bytes after the samples of each row.
template <int rows, unsigned channels>
[[gnu::always_inline]] inline void blend_columns(const std::uint8_t* in, std::size_t stride,
                                                 const Filter& filter, std::uint8_t* out) {
  const std::int32_t* weights = filter.weights.data();
  const std::size_t out_stride = filter.first.size() * channels;
  for (const std::uint32_t first : filter.first) {
    const std::uint8_t* at = in + std::size_t{first} * channels;
    Ints4 sums[rows];
    for (Ints4& sum : sums) sum = Ints4{kHalf, kHalf, kHalf, 0};
    for (std::uint32_t i = 0; i < filter.taps; ++i, at += channels) {
      for (int r = 0; r < rows; ++r) {
        sums[r] += widened4(at + r * stride) * weights[i];
      }
    }
    for (int r = 0; r < rows; ++r) {
      for (unsigned c = 0; c < channels; ++c) out[r * out_stride + c] = rounded(sums[r][c]);
    }
    out += channels;
    weights += filter.taps;
  }
}

// The horizontal pass.
template <unsigned channels>
[[gnu::always_inline]] inline Image resize_columns(const Image& image, std::uint32_t width) {
  constexpr std::uint32_t kRows = 4;
  const Filter filter = triangle_filter(image.width, width);
  const std::size_t row = std::size_t{image.width} * channels;
  const std::size_t stride = row + filter.taps * channels + 4;
  std::vector<std::uint8_t> padded(kRows * stride);
  Image out(image.height, width, channels, 1);
  for (std::uint32_t y = 0; y < image.height; y += kRows) {
    const std::uint32_t rows = std::min(kRows, image.height - y);
    for (std::uint32_t r = 0; r < rows; ++r) {
      std::memcpy(padded.data() + r * stride, image.u8() + (y + r) * row, row);
    }
    std::uint8_t* target = out.u8() + std::size_t{y} * width * channels;
    if (rows == kRows) {
      blend_columns<kRows, channels>(padded.data(), stride, filter, target);
    } else {
      for (std::uint32_t r = 0; r < rows; ++r) {
        blend_columns<1, channels>(padded.data() + r * stride, stride, filter,
                                   target + r * width * channels);
      }
    }
  }
  return out;
}

// The vertical pass, whose rows are arrays of samples whatever their channels.
[[gnu::always_inline]] inline Image resize_rows(const Image& image, std::uint32_t height) {
  const Filter filter = triangle_filter(image.height, height);
  const std::size_t row = std::size_t{image.width} * image.channels;
  Image out(height, image.width, image.channels, 1);
  std::vector<std::int32_t> sums(row);
  for (std::uint32_t y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), kHalf);
    for (std::uint32_t i = 0; i < filter.taps; ++i) {
      const std::int32_t weight = filter.weights[std::size_t{y} * filter.taps + i];
      if (weight == 0) continue;  // also keeps the padding of the last windows inside the image
      const std::uint8_t* source = image.u8() + (std::size_t{filter.first[y]} + i) * row;
      for (std::size_t x = 0; x < row; ++x) sums[x] += source[x] * weight;
    }
    std::uint8_t* target = out.u8() + y * row;
    for (std::size_t x = 0; x < row; ++x) target[x] = rounded(sums[x]);
  }
  return out;
}

[[gnu::always_inline]] inline Image resize_by(const Image& image, std::uint32_t height,
                                              std::uint32_t width) {
  if (image.width == width) return resize_rows(image, height);
  Image wide =
      image.channels == 3 ? resize_columns<3>(image, width) : resize_columns<1>(image, width);
  return image.height == height ? wide : resize_rows(wide, height);
}

#if defined(__x86_64__)
// The same code again: only the baseline of x86-64 lacks a 32-bit vector multiplication.
[[gnu::target("avx2")]] Image resize_avx2(const Image& image, std::uint32_t height,
                                          std::uint32_t width) {
  return resize_by(image, height, width);
}
#endif

}  // namespace

Image resize_bilinear(const Image& image, std::uint32_t height, std::uint32_t width) {
  if (image.height == height && image.width == width) return image;
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2");
  if (has_avx2) return resize_avx2(image, height, width);
#endif
  return resize_by(image, height, width);
}

Image resize_nearest(const Image& image, std::uint32_t height, std::uint32_t width) {
  if (image.height == height && image.width == width) return image;
  // The input pixel in which the centre of each output pixel lies; in this order of operations, as
  // where it lies between two pixels the rounding decides.
  const auto nearest = [](std::uint32_t in, std::uint32_t out) {
    const double scale = static_cast<double>(in) / out;
    std::vector<std::uint32_t> from(out);
    for (std::uint32_t x = 0; x < out; ++x) {
      from[x] = std::min(static_cast<std::uint32_t>((x + 0.5) * scale), in - 1);
    }
    return from;
  };
  const auto rows = nearest(image.height, height), columns = nearest(image.width, width);
  Image out(height, width, 1, 2);
  for (std::uint32_t y = 0; y < height; ++y) {
    const std::uint16_t* source = image.u16() + std::size_t{rows[y]} * image.width;
    std::uint16_t* target = out.u16() + std::size_t{y} * width;
    for (std::uint32_t x = 0; x < width; ++x) target[x] = source[columns[x]];
  }
  return out;
}

}  // namespace rod::image
