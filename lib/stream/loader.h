// Loads batches of decoded pairs ahead of time, on several threads, in the order that StreamOrder
// defines.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "shard/split_reader.h"
#include "stream/order.h"

namespace rod::stream {

// B samples: a batch or a slice of one. The memory belongs to the loader and is valid until the
// Batch is released or the loader is destroyed.
struct Batch {
  std::uint64_t epoch = 0;            // of the stream
  std::uint64_t position = 0;         // n of its first sample within the epoch
  std::vector<std::int64_t> label;    // [B]
  std::vector<std::uint64_t> sample;  // [B] number within the split
  std::span<std::byte> rgb;           // [B,H,W,3] U8
  std::span<std::byte> depth;         // [B,H,W,3] U8, or [B,H,W] U16
};

// The allocator of batch memory; page-locked memory if there is a GPU. Both functions are called on
// the consumer's thread, once for each of the prefetch + 1 batches of a stream. After take() they
// are called once more per batch, also on the thread that calls refill() or releases the batch.
struct BatchMemory {
  // aligned to 64; throws when there is none
  std::function<std::byte*(std::size_t bytes)> allocate;
  std::function<void(std::byte*)> release;
};

struct LoaderOptions {
  unsigned threads = 1;   // 0: every core that this process may use
  unsigned prefetch = 2;  // whole batches ahead, per stream; 0 counts as 1
  std::optional<BatchMemory> memory = std::nullopt;
};

struct LoaderStream {
  std::shared_ptr<const shard::SplitReader> split;
  StreamOrder order;              // requires: order.samples == split->size()
  std::uint64_t first_batch = 0;  // the batch to resume at
  // number of batches; absent: endless, or with partial_last to the end of the epoch
  std::optional<std::uint64_t> batches;
  // A single pass over epoch `epoch` of the order, whose last batch may be smaller. Then batch_size
  // may exceed the number of samples.
  bool partial_last = false;
  std::uint64_t epoch = 0;  // of partial_last
  // The part of each batch that this process loads. A slice of a small last batch may be empty.
  Slice slice = {};
  // Each next() sets it to the number of the requested batch. May be null.
  std::shared_ptr<std::atomic<std::uint64_t>> consumed = {};

  // The most samples that a batch, or this process's part of it, may have.
  std::size_t largest_batch() const {
    return slice.largest(std::min<std::uint64_t>(order.batch_size, order.samples));
  }
};

// Several independent streams share the threads. The threads work on the batch that is needed next
// if the streams are consumed in turn; consuming them in another order may be slower. The batches
// do not depend on threads or prefetch. Thread safety: one consumer thread. Example:
//
//   Loader loader({{split, {split->size(), 64, OrderKind::kFull, seed, 0}}}, {.threads = 4});
//   while (const Batch* batch = loader.next(0)) …
class Loader {
 public:
  // Throws Error(kUsage) if a batch is larger than its split.
  Loader(std::vector<LoaderStream> streams, const LoaderOptions& options);
  ~Loader();  // stops each thread after its current sample
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // Returns the next batch of a stream, or nullptr after its last. Releases the stream's previous
  // batch for reuse. Throws what reading a sample of this batch threw: BadInput naming file and
  // sample, or SystemError. Later calls throw the same error again.
  const Batch* next(std::size_t stream);

  // Waits until next(stream) would return at once, for at most `time`. Returns whether it would.
  bool wait_for(std::size_t stream, std::chrono::milliseconds time);

  // Transfers ownership of the pixels of the batch that next(stream) returned last. They stay valid
  // and unchanged as long as the returned pointer, which may outlive the loader. Requires: that
  // next() returned a batch and was the last call.
  std::shared_ptr<std::byte> take(std::size_t stream);

  // Allocates memory in place of a taken batch and continues prefetching, which otherwise the
  // following next() does. Thread-safe.
  void refill();

  // Returns the seconds that next() has waited for data so far.
  double waited() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rod::stream
