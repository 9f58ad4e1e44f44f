// Which sample comes n-th: a pure function of (seed, stream, epoch, n), in constant memory.
#pragma once

#include <cstdint>

namespace rod {

// A bijection on [0, size) chosen by a key: a balanced Feistel network of 6 rounds of Philox over the next
// even power of two (64 at least), whose results outside the range are enciphered again (cycle walking; Black and Rogaway, "Ciphers with
// arbitrary finite domains", CT-RSA 2002). Any thread.
class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t key);  // REQUIRES: size > 0
  std::uint64_t operator()(std::uint64_t n) const;     // REQUIRES: n < size

 private:
  std::uint64_t size_, key_;
  unsigned half_bits_;
};

enum class OrderKind { kFull, kSequential };

// One stream's endless sequence of whole batches over `samples` samples: an epoch has
// samples / batch_size batches, the rest is left out, and the next epoch is shuffled anew.
struct StreamOrder {
  std::uint64_t samples = 0;
  std::uint32_t batch_size = 0;  // REQUIRES: 1 <= batch_size <= samples
  OrderKind kind = OrderKind::kFull;
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;  // streams with different numbers are independent

  struct Position {
    std::uint64_t epoch, n;  // the first sample of a batch is the n-th of its epoch
  };
  std::uint64_t batches_per_epoch() const { return samples / batch_size; }
  Position position(std::uint64_t batch) const;  // of the batch-th batch since the start, from 0
  std::uint64_t sample(std::uint64_t epoch, std::uint64_t n) const;
};

}  // namespace rod
