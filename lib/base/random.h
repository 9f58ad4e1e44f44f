// The project's random function: Philox4x32-10, a pure function of (key, counter). Source: Salmon
// et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstdint>

namespace rod {

// Four independent uniform 32-bit words for each (key, counter).
std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter_high,
                                    std::uint64_t counter_low);

// The random numbers of one position (seed, stream, position). They depend only on these three
// numbers, not on the thread or on other draws. Cheap to construct. Not thread-safe.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream, std::uint64_t position);

  std::uint32_t bits();
  std::uint32_t below(std::uint32_t n);  // uniform in [0, n), unbiased. Requires: n > 0
  double unit();                         // uniform in [0, 1), 53 bits
  double normal();                       // mean 0, standard deviation 1
  double between(double low, double high) { return low + (high - low) * unit(); }
  bool chance(double p) { return unit() < p; }

 private:
  std::uint64_t key_;
  std::uint64_t position_;
  std::uint64_t block_ = 0;
  std::array<std::uint32_t, 4> words_{};
  unsigned used_ = 4;
};

// Derives an independent seed: mixes `value` into `seed` (two Philox words).
std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t value);

}  // namespace rod
