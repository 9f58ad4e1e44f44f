// The order of samples, as a pure function of (seed, stream, epoch, n) in constant memory.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace rod::stream {

// A bijection on [0, size) that is determined by a key: a balanced Feistel network of 6 rounds of
// Philox over the next even power of two (64 at least); results outside the range are encrypted
// again (cycle walking). Thread-safe. Source: Black and Rogaway, "Ciphers with arbitrary finite
// domains", CT-RSA 2002.
class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t key);  // requires: size > 0
  std::uint64_t operator()(std::uint64_t n) const;     // requires: n < size

 private:
  std::uint64_t size_, key_;
  unsigned half_bits_;
};

// How an epoch is shuffled.
enum class OrderKind {
  kFull,        // all samples
  kWindow,      // blocks are shuffled, then the samples within each `window` consecutive blocks
  kSequential,  // not shuffled: the split list's order
};

const char* order_kind_name(OrderKind kind);            // "full", "window", "sequential"
OrderKind order_kind_from_name(std::string_view name);  // Throws Error(kUsage)

// The endless sequence of full batches of one stream over `samples` samples. An epoch has
// samples / batch_size batches and omits the remaining samples. Each epoch is shuffled differently.
struct StreamOrder {
  std::uint64_t samples = 0;
  std::uint32_t batch_size = 0;  // requires: 1 <= batch_size <= samples
  OrderKind kind = OrderKind::kFull;
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;  // streams with different numbers are independent
  // For kWindow, for data larger than memory: a block is a run of neighbouring samples of a shard's
  // size, so that `window` blocks lie in at most 2 x window shards, or in `window` if each shard
  // has `block` samples.
  std::uint64_t block = 0;   // requires: > 0
  std::uint64_t window = 0;  // blocks. Requires: > 0, block * window < 2^63

  struct Position {
    std::uint64_t epoch, n;  // the first sample of a batch is the n-th of its epoch
  };
  std::uint64_t batches_per_epoch() const { return samples / batch_size; }
  Position position(std::uint64_t batch) const;  // of a batch, counted from 0 since the start
  std::uint64_t sample(std::uint64_t epoch, std::uint64_t n) const;
};

// The samples that the n-th sample of an epoch is shuffled with: those of `blocks`, at the
// positions begin to end - 1 of the epoch.
struct ShuffleWindow {
  struct Range {
    std::uint64_t begin, end;  // samples of the split
  };
  std::uint64_t begin = 0, end = 0;
  std::vector<Range> blocks;
};
ShuffleWindow shuffle_window_at(const StreamOrder& order, std::uint64_t epoch, std::uint64_t n);

// The part of every batch that one of several processes has: samples begin(B) .. end(B) - 1 of a
// batch of B. The sequence of batches is the same for any number of processes.
struct Slice {
  std::uint32_t index = 0, count = 1;  // requires: index < count

  std::uint64_t begin(std::uint64_t batch) const { return batch * index / count; }
  std::uint64_t end(std::uint64_t batch) const { return batch * (index + 1) / count; }
  std::uint64_t largest(std::uint64_t batch) const { return (batch + count - 1) / count; }
};

inline constexpr std::uint64_t kNotNeeded = std::numeric_limits<std::uint64_t>::max();

// How soon each shard of a split is needed. Returns for each the number of batches from `batch`
// until a batch needs the shard's shuffle window; 0 for the batch itself, kNotNeeded if it is not
// in this epoch or the next. `first` [shards + 1]: the number in the split of each shard's first
// sample.
std::vector<std::uint64_t> shard_needs(const StreamOrder& order,
                                       const std::vector<std::uint64_t>& first,
                                       std::uint64_t batch);

}  // namespace rod::stream
