#include "base/random.h"

#include <cmath>
#include <numbers>

namespace rod {

std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter_high,
                                    std::uint64_t counter_low) {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  constexpr int kRounds = 10;

  auto key0 = static_cast<std::uint32_t>(key), key1 = static_cast<std::uint32_t>(key >> 32);
  std::array<std::uint32_t, 4> x = {
      static_cast<std::uint32_t>(counter_low), static_cast<std::uint32_t>(counter_low >> 32),
      static_cast<std::uint32_t>(counter_high), static_cast<std::uint32_t>(counter_high >> 32)};
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = kMultiplier0 * x[0], product1 = kMultiplier1 * x[2];
    x = {static_cast<std::uint32_t>(product1 >> 32) ^ x[1] ^ key0,
         static_cast<std::uint32_t>(product1),
         static_cast<std::uint32_t>(product0 >> 32) ^ x[3] ^ key1,
         static_cast<std::uint32_t>(product0)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return x;
}

std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t value) {
  const auto words = philox(seed, 0x5EED, value);
  return words[0] | static_cast<std::uint64_t>(words[1]) << 32;
}

Random::Random(std::uint64_t seed, std::uint64_t stream, std::uint64_t position)
    : key_(derive_seed(seed, stream)), position_(position) {}

std::uint32_t Random::bits() {
  if (used_ == words_.size()) {
    words_ = philox(key_, position_, block_++);
    used_ = 0;
  }
  return words_[used_++];
}

std::uint32_t Random::below(std::uint32_t n) {
  // Lemire, "Fast random integer generation in an interval", 2019: redraws the few biased values.
  const std::uint32_t threshold = (0u - n) % n;
  for (;;) {
    const std::uint64_t product = static_cast<std::uint64_t>(bits()) * n;
    if (static_cast<std::uint32_t>(product) >= threshold) {
      return static_cast<std::uint32_t>(product >> 32);
    }
  }
}

double Random::unit() {
  const std::uint64_t high = bits() >> 5, low = bits() >> 6;
  return static_cast<double>(high << 26 | low) * 0x1p-53;
}

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - unit()));  // Box-Muller
  return radius * std::cos(2.0 * std::numbers::pi * unit());
}

}  // namespace rod
