#include "stream/order.h"

#include <algorithm>
#include <bit>

#include "base/random.h"

namespace rod {
namespace {

constexpr unsigned kRounds = 6;
// Below 6 bits, 6 rounds prefer some orders measurably; walking back into the range costs less than more rounds.
constexpr unsigned kMinHalfBits = 3;

}  // namespace

Permutation::Permutation(std::uint64_t size, std::uint64_t key)
    : size_(size),
      key_(key),
      half_bits_(
          std::max(kMinHalfBits, (static_cast<unsigned>(std::bit_width(size - 1)) + 1) / 2)) {}

std::uint64_t Permutation::operator()(std::uint64_t n) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {
    std::uint64_t left = n >> half_bits_, right = n & mask;
    for (unsigned round = 0; round < kRounds; ++round) {
      const std::uint64_t mixed = left ^ (philox(key_, round, right)[0] & mask);
      left = right;
      right = mixed;
    }
    n = left << half_bits_ | right;
  } while (n >= size_);
  return n;
}

StreamOrder::Position StreamOrder::position(std::uint64_t batch) const {
  return {batch / batches_per_epoch(), batch % batches_per_epoch() * batch_size};
}

std::uint64_t StreamOrder::sample(std::uint64_t epoch, std::uint64_t n) const {
  if (kind == OrderKind::kSequential) return n;
  const std::uint64_t key = derive_seed(derive_seed(seed, stream), epoch);
  return Permutation(samples, key)(n);
}

}  // namespace rod
