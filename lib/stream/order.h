// Which sample comes n-th: a pure function of (seed, stream, epoch, n), in constant memory.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rod::stream {

// A bijection on [0, size) chosen by a key: a balanced Feistel network of 6 rounds of Philox over
// the next even power of two (64 at least), whose results outside the range are enciphered again
// (cycle walking; Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002). Any
// thread.
class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t key);  // REQUIRES: size > 0
  std::uint64_t operator()(std::uint64_t n) const;     // REQUIRES: n < size

 private:
  std::uint64_t size_, key_;
  unsigned half_bits_;
};

// How an epoch is mixed.
enum class OrderKind {
  kFull,        // all samples with all
  kWindow,      // blocks of samples shuffled, then mixed within `window` blocks that are in turn
  kSequential,  // not at all: the split list's order
};

const char* order_kind_name(OrderKind kind);            // "full", "window", "sequential"
OrderKind order_kind_from_name(std::string_view name);  // Errors: kUsage

// One stream's endless sequence of whole batches over `samples` samples: an epoch has
// samples / batch_size batches, the rest is left out, and the next epoch is shuffled anew.
struct StreamOrder {
  std::uint64_t samples = 0;
  std::uint32_t batch_size = 0;  // REQUIRES: 1 <= batch_size <= samples
  OrderKind kind = OrderKind::kFull;
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;  // streams with different numbers are independent
  // Of kWindow, for data larger than memory: a block is a shard's worth of neighbouring samples, so
  // that `window` blocks lie in at most 2 x window shards, or in `window` if each shard has `block`
  // samples.
  std::uint64_t block = 0;   // REQUIRES: > 0
  std::uint64_t window = 0;  // blocks. REQUIRES: > 0, block * window < 2^63

  struct Position {
    std::uint64_t epoch, n;  // the first sample of a batch is the n-th of its epoch
  };
  std::uint64_t batches_per_epoch() const { return samples / batch_size; }
  Position position(std::uint64_t batch) const;  // of the batch-th batch since the start, from 0
  std::uint64_t sample(std::uint64_t epoch, std::uint64_t n) const;
};

// The samples that the n-th of an epoch is shuffled with: those of `blocks`, which are the epoch's
// begin-th to before its end-th.
struct ShuffleWindow {
  struct Range {
    std::uint64_t begin, end;  // samples of the split
  };
  std::uint64_t begin = 0, end = 0;
  std::vector<Range> blocks;
};
ShuffleWindow shuffle_window_at(const StreamOrder& order, std::uint64_t epoch, std::uint64_t n);

// One of several processes that share every batch: it has samples begin(B) .. end(B) - 1 of a batch
// of B. So the sequence of batches is the same for any number of processes.
struct Slice {
  std::uint32_t index = 0, count = 1;  // REQUIRES: index < count

  std::uint64_t begin(std::uint64_t batch) const { return batch * index / count; }
  std::uint64_t end(std::uint64_t batch) const { return batch * (index + 1) / count; }
};

}  // namespace rod::stream
