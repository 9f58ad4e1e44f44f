// Reverses a row filter: running sums along x, additions of the rows above along y.
#include <array>
#include <cstring>

#include "shard/row_filter.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace rod::shard {
namespace {

template <typename T, unsigned kX, unsigned kY>
void restore_portably(const T* residual, const T* up, const T* up_up, std::size_t samples, T* row) {
  constexpr std::size_t kPixel = kChannels<T>;
  std::array<T, kPixel> slope{}, sum{};
  for (std::size_t i = 0; i + kPixel <= samples; i += kPixel) {
    for (std::size_t c = 0; c < kPixel; ++c) {
      const std::size_t at = i + c;
      slope[c] = static_cast<T>(kX == 2 ? slope[c] + residual[at] : residual[at]);
      sum[c] = static_cast<T>(kX == 0 ? slope[c] : sum[c] + slope[c]);
      row[at] = static_cast<T>(kY == 1 ? sum[c] + up[at] : sum[c] + 2 * up[at] - up_up[at]);
    }
  }
}

#if defined(__x86_64__)
#define ROD_AVX2 __attribute__((target("avx2"), always_inline)) inline

constexpr std::size_t kVectorBytes = 16;

// Arithmetic on the samples of one vector: U8 in three interleaved channels, or U16 in one.
template <typename T>
ROD_AVX2 __m128i add(__m128i a, __m128i b) {
  return sizeof(T) == 1 ? _mm_add_epi8(a, b) : _mm_add_epi16(a, b);
}
template <typename T>
ROD_AVX2 __m128i subtract(__m128i a, __m128i b) {
  return sizeof(T) == 1 ? _mm_sub_epi8(a, b) : _mm_sub_epi16(a, b);
}

// Running sums within a vector, after what `carry` holds for each place: its channel's sum so far.
// Sums double their reach with each shift by 1, 2, 4, … pixels. Updates `carry`: a pixel's channels
// are the vector's last samples, and 16 bytes later they come in the same turn (13, 14, 15, 13, …).
template <typename T>
ROD_AVX2 __m128i running_sums(__m128i values, __m128i& carry) {
  constexpr int kPixel = sizeof(T) == 1 ? 3 : 2;  // bytes
  const __m128i last_pixel =
      sizeof(T) == 1
          ? _mm_setr_epi8(13, 14, 15, 13, 14, 15, 13, 14, 15, 13, 14, 15, 13, 14, 15, 13)
          : _mm_setr_epi8(14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15, 14, 15);
  values = add<T>(values, _mm_slli_si128(values, kPixel));
  values = add<T>(values, _mm_slli_si128(values, 2 * kPixel));
  values = add<T>(values, _mm_slli_si128(values, 4 * kPixel));
  values = add<T>(values, carry);
  carry = _mm_shuffle_epi8(values, last_pixel);
  return values;
}

ROD_AVX2 __m128i load(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

template <typename T, unsigned kX, unsigned kY>
struct VectorRestorer {
  __m128i slope_carry, sum_carry;

  ROD_AVX2 void operator()(const T* residual, const T* up, const T* up_up, T* row) {
    __m128i values = load(residual);
    if constexpr (kX == 2) values = running_sums<T>(values, slope_carry);
    if constexpr (kX >= 1) values = running_sums<T>(values, sum_carry);
    values = add<T>(values, load(up));
    if constexpr (kY == 2) values = add<T>(values, subtract<T>(load(up), load(up_up)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(row), values);
  }
};

template <typename T, unsigned kX, unsigned kY>
__attribute__((target("avx2"))) void restore_with_avx2(const T* residual, const T* up,
                                                       const T* up_up, std::size_t samples,
                                                       T* row) {
  constexpr std::size_t kStep = kVectorBytes / sizeof(T);
  VectorRestorer<T, kX, kY> restore{_mm_setzero_si128(), _mm_setzero_si128()};
  std::size_t i = 0;
  for (; i + kStep <= samples; i += kStep) restore(residual + i, up + i, up_up + i, row + i);
  if (i == samples) return;
  const std::size_t rest = (samples - i) * sizeof(T);
  T padded[4][kStep] = {};
  std::memcpy(padded[0], residual + i, rest);
  std::memcpy(padded[1], up + i, rest);
  std::memcpy(padded[2], up_up + i, rest);
  restore(padded[0], padded[1], padded[2], padded[3]);
  std::memcpy(row + i, padded[3], rest);
}

const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
#endif

}  // namespace

template <typename T>
void restore_row_portably(RowFilter filter, const T* residual, const T* up, const T* up_up,
                          std::size_t samples, T* row) {
  constexpr decltype(&restore_portably<T, 0, 1>) kBy[RowFilter::kCount] = {
      restore_portably<T, 0, 1>, restore_portably<T, 1, 1>, restore_portably<T, 2, 1>,
      restore_portably<T, 0, 2>, restore_portably<T, 1, 2>, restore_portably<T, 2, 2>};
  kBy[filter.number()](residual, up, up_up, samples, row);
}

template <typename T>
void restore_row(RowFilter filter, const T* residual, const T* up, const T* up_up,
                 std::size_t samples, T* row) {
#if defined(__x86_64__)
  if (kHasAvx2) {
    constexpr decltype(&restore_with_avx2<T, 0, 1>) kBy[RowFilter::kCount] = {
        restore_with_avx2<T, 0, 1>, restore_with_avx2<T, 1, 1>, restore_with_avx2<T, 2, 1>,
        restore_with_avx2<T, 0, 2>, restore_with_avx2<T, 1, 2>, restore_with_avx2<T, 2, 2>};
    kBy[filter.number()](residual, up, up_up, samples, row);
    return;
  }
#endif
  restore_row_portably(filter, residual, up, up_up, samples, row);
}

template void restore_row(RowFilter, const std::uint8_t*, const std::uint8_t*, const std::uint8_t*,
                          std::size_t, std::uint8_t*);
template void restore_row(RowFilter, const std::uint16_t*, const std::uint16_t*,
                          const std::uint16_t*, std::size_t, std::uint16_t*);
template void restore_row_portably(RowFilter, const std::uint8_t*, const std::uint8_t*,
                                   const std::uint8_t*, std::size_t, std::uint8_t*);
template void restore_row_portably(RowFilter, const std::uint16_t*, const std::uint16_t*,
                                   const std::uint16_t*, std::size_t, std::uint16_t*);

}  // namespace rod::shard
