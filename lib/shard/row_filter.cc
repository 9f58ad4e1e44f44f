#include "shard/row_filter.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace rod::shard {
namespace {

// Note [Vectors]: written with the compiler's vectors, which exist on every machine; an x86-64
// build compiles the same code twice, for its baseline and for AVX2. Integers: the result is the
// same.
template <typename T>
struct Vectors;
template <>
struct Vectors<std::uint8_t> {
  using Samples [[gnu::vector_size(32)]] = std::uint8_t;
  using Sums [[gnu::vector_size(32)]] = std::uint16_t;
};
template <>
struct Vectors<std::uint16_t> {
  using Samples [[gnu::vector_size(32)]] = std::uint16_t;
  using Sums [[gnu::vector_size(32)]] = std::uint32_t;
};

// Sums of the magnitudes of many residuals, taken as signed. A sum takes two magnitudes of at most
// half the range of T at a time, so that it overflows after that many steps.
template <typename T>
class Magnitudes {
 public:
  static constexpr std::size_t kSteps = 128;
  using Samples = typename Vectors<T>::Samples;
  using Sums = typename Vectors<T>::Sums;

  [[gnu::always_inline]] void add(const Samples& residual) {
    const Samples negative = -residual;
    const Sums magnitude = (Sums)(residual < negative ? residual : negative);
    constexpr unsigned kBits = 8 * sizeof(T);
    sums_ += (magnitude >> kBits) + (magnitude << kBits >> kBits);
  }
  [[gnu::always_inline]] std::uint64_t total() const {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < sizeof(Sums) / sizeof(sums_[0]); ++i) total += sums_[i];
    return total;
  }

 private:
  Sums sums_{};
};

// Zeros around a row: left of it as many as a filter looks back, right of it to whole vectors.
template <typename T>
constexpr std::size_t kLead = 2 * kChannels<T>;
template <typename T>
constexpr std::size_t kStep = sizeof(typename Vectors<T>::Samples) / sizeof(T);

// The magnitudes that differencing `row` 0, 1 and 2 times along x leaves. Requires: zeros around
// it.
template <typename T>
[[gnu::always_inline]] inline std::array<std::uint64_t, 3> magnitudes(const T* row,
                                                                      std::size_t samples) {
  using Samples = typename Vectors<T>::Samples;
  std::array<std::uint64_t, 3> total{};
  for (std::size_t begin = 0; begin < samples;) {
    const std::size_t end = std::min(samples, begin + Magnitudes<T>::kSteps * kStep<T>);
    std::array<Magnitudes<T>, 3> sums;
    for (; begin < end; begin += kStep<T>) {
      Samples here, left, left_left;
      std::memcpy(&here, row + begin, sizeof here);
      std::memcpy(&left, row + begin - kChannels<T>, sizeof left);
      std::memcpy(&left_left, row + begin - 2 * kChannels<T>, sizeof left_left);
      Samples once = here - left, twice = once - (left - left_left);
      if (begin + kStep < T >> samples) {  // what lies right of the row is no residual
        for (std::size_t i = samples - begin; i < kStep<T>; ++i) once[i] = twice[i] = 0;
      }
      sums[0].add(here);
      sums[1].add(once);
      sums[2].add(twice);
    }
    for (std::size_t x = 0; x < total.size(); ++x) total[x] += sums[x].total();
  }
  return total;
}

template <typename T>
[[gnu::always_inline]] inline void differences(const T* row, std::size_t samples, unsigned order,
                                               T* out) {
  const T* const left = row - kChannels<T>;
  const T* const left_left = left - kChannels<T>;
  if (order == 0) std::copy_n(row, samples, out);
  if (order == 1) {
    for (std::size_t i = 0; i < samples; ++i) out[i] = static_cast<T>(row[i] - left[i]);
  }
  if (order == 2) {
    for (std::size_t i = 0; i < samples; ++i) {
      out[i] = static_cast<T>(row[i] - 2 * left[i] + left_left[i]);
    }
  }
}

template <typename T>
[[gnu::always_inline]] inline FilteredRow filter(const T* row, const T* up, const T* up_up,
                                                 std::size_t samples, std::vector<T>& scratch,
                                                 T* residual) {
  const std::size_t stride = kLead<T> + samples + kStep<T>;
  scratch.assign(2 * stride, 0);
  T* const once = scratch.data() + kLead<T>;
  T* const twice = once + stride;
  for (std::size_t i = 0; i < samples; ++i) {
    once[i] = static_cast<T>(row[i] - up[i]);
    twice[i] = static_cast<T>(row[i] - 2 * up[i] + up_up[i]);
  }
  FilteredRow best{{}, std::numeric_limits<std::uint64_t>::max()};
  for (const unsigned y : {1u, 2u}) {
    const auto left = magnitudes(y == 1 ? once : twice, samples);
    for (unsigned x = 0; x < left.size(); ++x) {
      if (left[x] < best.magnitude) best = {{x, y}, left[x]};
    }
  }
  differences(best.filter.y == 1 ? once : twice, samples, best.filter.x, residual);
  return best;
}

#if defined(__x86_64__)
template <typename T>
[[gnu::target("avx2")]] FilteredRow filter_avx2(const T* row, const T* up, const T* up_up,
                                                std::size_t samples, std::vector<T>& scratch,
                                                T* residual) {
  return filter(row, up, up_up, samples, scratch, residual);
}
#endif

}  // namespace

template <typename T>
FilteredRow filter_row(const T* row, const T* up, const T* up_up, std::size_t samples,
                       std::vector<T>& scratch, T* residual) {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2");
  if (has_avx2) return filter_avx2(row, up, up_up, samples, scratch, residual);
#endif
  return filter(row, up, up_up, samples, scratch, residual);
}

template FilteredRow filter_row(const std::uint8_t*, const std::uint8_t*, const std::uint8_t*,
                                std::size_t, std::vector<std::uint8_t>&, std::uint8_t*);
template FilteredRow filter_row(const std::uint16_t*, const std::uint16_t*, const std::uint16_t*,
                                std::size_t, std::vector<std::uint16_t>&, std::uint16_t*);

}  // namespace rod::shard
