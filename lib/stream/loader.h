// Batches of decoded pairs, read ahead by threads, in the order that StreamOrder defines.
#pragma once

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

// B samples, of a whole batch or of a slice of one; the memory belongs to the loader and is valid
// until the Batch is released or destroyed.
struct Batch {
  std::uint64_t epoch = 0;            // of the stream
  std::uint64_t position = 0;         // n of its first sample within the epoch
  std::vector<std::int64_t> label;    // [B]
  std::vector<std::uint64_t> sample;  // [B] number within the split
  std::span<std::byte> rgb;           // [B,H,W,3] U8
  std::span<std::byte> depth;         // [B,H,W,3] U8, or [B,H,W] U16
};

// Where batch memory comes from: page-locked memory when there is a GPU. Both are called on the
// consumer's thread, once for each of the prefetch + 1 batches of a stream; once more for each
// batch that take() gives away, and then also on the thread that calls refill() or drops the batch.
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
  StreamOrder order;              // REQUIRES: order.samples == split->size()
  std::uint64_t first_batch = 0;  // where to go on
  // how many; absent: endless, or to the end of a partial_last
  std::optional<std::uint64_t> batches;
  // One pass only, over epoch `epoch` of the order, and its last batch holds the rest that is no
  // whole one. Lifts batch_size <= samples.
  bool partial_last = false;
  std::uint64_t epoch = 0;  // of partial_last
  // What of each batch this process gets; a slice of a small last batch may be empty.
  Slice slice = {};
  // Set to the number of the batch that is asked for, by each next(); may be absent.
  std::shared_ptr<std::atomic<std::uint64_t>> consumed = {};
};

// Several independent streams share threads, which always work on the batch that is needed soonest
// when the streams are consumed in turn; other ways to consume them are slower at worst. What
// next() returns depends neither on threads nor on prefetch. One consumer thread. Example:
//
//   Loader loader({{split, {split->size(), 64, OrderKind::kFull, seed, 0}}}, {.threads = 4});
//   while (const Batch* batch = loader.next(0)) …
class Loader {
 public:
  // Errors: kUsage when a batch is larger than its split.
  Loader(std::vector<LoaderStream> streams, const LoaderOptions& options);
  ~Loader();  // stops the threads after the sample that each is at
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The next batch of a stream, or nullptr after its last. The batch before it, of the same stream,
  // is given back for re-use. Errors: what a reading thread threw (BadInput naming file and sample,
  // throw_errno), at the batch that it concerns; the same again when called again.
  const Batch* next(std::size_t stream);

  // Waits until next(stream) would return at once, but for no longer than `time`. Returns whether
  // it would.
  bool wait_for(std::size_t stream, std::chrono::milliseconds time);

  // Gives away the pixels of the batch that next(stream) returned last: they stay valid and
  // unchanged for as long as the returned pointer, which may outlive the loader, and other memory
  // takes their place. REQUIRES: that next() returned a batch, and no call since.
  std::shared_ptr<std::byte> take(std::size_t stream);

  // Continues reading ahead where a batch was taken, which the following next() would do otherwise.
  // Any thread.
  void refill();

  // Seconds that next() has waited for data since the start.
  double waited() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rod::stream
