#include "stream/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/machine.h"

namespace rod::stream {
namespace {

constexpr std::size_t kAlignment = 64;   // of a batch's pixels, for vector loads and DMA
constexpr std::uint64_t kReadAhead = 2;  // batches, beyond the one that is being filled

BatchMemory plain_memory() {
  constexpr std::align_val_t kAlign{kAlignment};
  return {[](std::size_t bytes) { return static_cast<std::byte*>(::operator new(bytes, kAlign)); },
          [](std::byte* memory) { ::operator delete(memory, kAlign); }};
}

// Memory of one batch, filled again and again. Note [Claiming without a lock]:
// `unclaimed` is stored last when a batch is opened, and the claim that takes it from above 0 reads
// everything else only afterwards. So a thread that is late, and claims when the memory already
// belongs to a later batch, works on that batch correctly; and one that comes in between claims
// nothing.
struct Slot {
  Batch batch;
  std::span<std::byte> rgb, depth;  // room for a whole batch
  std::atomic<std::int32_t> unclaimed{0};
  std::atomic<std::uint32_t> unfinished{0};
  // Under the loader's mutex:
  bool ready = false;
  std::exception_ptr error;  // of the first sample in the batch that failed
  std::size_t error_at = 0;
};

// Batches are numbered from 0 where the stream was taken up.
struct Stream {
  LoaderStream source;
  std::vector<std::unique_ptr<std::byte, std::function<void(std::byte*)>>> memory;
  std::vector<std::unique_ptr<Slot>> slots;
  std::uint64_t end = 0;      // batches in all
  std::uint64_t given = 0;    // handed to the consumer, who may hold the last of them
  std::uint64_t filling = 0;  // the first that may still have unclaimed samples
  std::uint64_t opened = 0;
  bool held = false;

  Slot& slot(std::uint64_t number) { return *slots[number % slots.size()]; }
  void check() const;
  void allocate(unsigned batches, const BatchMemory& from);
  void place(std::size_t slot, const BatchMemory& from);
  void open_next();
  bool taken() const { return held && !memory[(given - 1) % slots.size()]; }
  bool reopen(const BatchMemory& from);
};

void Stream::check() const {
  const StreamOrder& order = source.order;
  if (order.samples != source.split->size()) {
    throw std::invalid_argument("a stream's order and its split differ in size");
  }
  if (source.slice.index >= source.slice.count) {
    throw std::invalid_argument("a stream's slice is not one of its slices");
  }
  if (source.split->pixels().ragged()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("split '{}' has images of different sizes, which can't form a batch; "
                            "rebuild the data set with 'rodprep cache --size 256'",
                            source.split->name()));
  }
  if (order.batch_size == 0 || (!source.partial_last && order.batch_size > order.samples)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("split '{}' has {} samples, too few for a batch of {}; use a smaller "
                            "--batch-size",
                            source.split->name(), order.samples, order.batch_size));
  }
}

void Stream::allocate(unsigned batches, const BatchMemory& from) {
  memory.resize(batches);
  for (unsigned i = 0; i < batches; ++i) {
    slots.push_back(std::make_unique<Slot>());
    place(i, from);
  }
}

// Gives a slot memory for the pixels of a whole batch, or of a whole slice.
void Stream::place(std::size_t slot, const BatchMemory& from) {
  const shard::PixelFormat& pixels = source.split->pixels();
  const std::size_t size = source.largest_batch();
  const std::size_t rgb_bytes = size * pixels.rgb_bytes();
  const std::size_t depth_at = (rgb_bytes + kAlignment - 1) / kAlignment * kAlignment;
  const std::size_t depth_bytes = size * pixels.depth_bytes();
  memory[slot] = {from.allocate(depth_at + depth_bytes), from.release};
  slots[slot]->rgb = {memory[slot].get(), rgb_bytes};
  slots[slot]->depth = {memory[slot].get() + depth_at, depth_bytes};
}

// Takes the held batch back to fill it anew. Returns whether there is another batch to fill.
bool Stream::reopen(const BatchMemory& from) {
  if (!held || opened == end) {
    held = false;
    return false;
  }
  if (taken()) place((given - 1) % slots.size(), from);
  held = false;
  open_next();
  return true;
}

void Stream::open_next() {
  const StreamOrder& order = source.order;
  const std::uint64_t batch = source.first_batch + opened;
  const auto [epoch, n] = source.partial_last
                              ? StreamOrder::Position{source.epoch, batch * order.batch_size}
                              : order.position(batch);
  const auto whole = std::min<std::uint64_t>(order.batch_size, order.samples - n);
  const std::uint64_t begin = source.slice.begin(whole);
  const auto count = static_cast<std::size_t>(source.slice.end(whole) - begin);
  const shard::PixelFormat& pixels = source.split->pixels();
  Slot& slot = this->slot(opened++);
  slot.batch.epoch = epoch;
  slot.batch.position = n + begin;
  slot.batch.label.resize(count);
  slot.batch.sample.resize(count);
  slot.batch.rgb = slot.rgb.first(count * pixels.rgb_bytes());
  slot.batch.depth = slot.depth.first(count * pixels.depth_bytes());
  slot.ready = count == 0;
  slot.unfinished.store(static_cast<std::uint32_t>(count), std::memory_order_relaxed);
  slot.unclaimed.store(static_cast<std::int32_t>(count), std::memory_order_release);
}

// Has the system read from disk what is filled in next, while this batch is decoded.
void read_ahead(const LoaderStream& source, const Batch& batch, std::size_t at) {
  const StreamOrder& order = source.order;
  const std::uint64_t n = batch.position + at + kReadAhead * order.batch_size;
  if (n < order.samples) source.split->will_need(order.sample(batch.epoch, n));
}

void read_sample(const LoaderStream& source, Batch& batch, std::size_t at,
                 shard::ReadScratch& scratch) {
  read_ahead(source, batch, at);
  const shard::PixelFormat& pixels = source.split->pixels();
  const std::uint64_t sample = source.order.sample(batch.epoch, batch.position + at);
  batch.sample[at] = sample;
  batch.label[at] = source.split->label(sample);
  source.split->read(sample, batch.rgb.subspan(at * pixels.rgb_bytes(), pixels.rgb_bytes()),
                     batch.depth.subspan(at * pixels.depth_bytes(), pixels.depth_bytes()), scratch);
}

}  // namespace

struct Loader::State {
  BatchMemory memory;
  std::vector<Stream> streams;
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable work_came, batch_ready;
  std::size_t wanted = 0;  // the stream that is asked, or will be if they are consumed in turn
  std::atomic<bool> stop{false};
  double waited = 0;

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    work_came.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  // The stream whose first unfilled batch is needed soonest, or nullptr. Requires: mutex held.
  Stream* soonest() {
    Stream* best = nullptr;
    std::pair<std::uint64_t, std::size_t> best_turn{};
    for (std::size_t i = 0; i < streams.size(); ++i) {
      Stream& stream = streams[(wanted + i) % streams.size()];
      while (stream.filling < stream.opened && stream.slot(stream.filling).unclaimed <= 0) {
        ++stream.filling;
      }
      if (stream.filling == stream.opened) continue;
      const std::pair turn{stream.filling - stream.given, i};
      if (best == nullptr || turn < best_turn) {
        best = &stream;
        best_turn = turn;
      }
    }
    return best;
  }

  // Waits for a batch, at most for `time` if that is given, and counts how long. Returns whether
  // the batch is there. Requires: `lock` holds the mutex.
  bool wait_until_ready(std::unique_lock<std::mutex>& lock, const Slot& slot,
                        std::optional<std::chrono::milliseconds> time) {
    const auto ready = [&slot] { return slot.ready; };
    if (ready()) return true;
    const auto start = std::chrono::steady_clock::now();
    if (time) {
      batch_ready.wait_for(lock, *time, ready);
    } else {
      batch_ready.wait(lock, ready);
    }
    waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return slot.ready;
  }

  // Fills one batch until all its samples are claimed.
  void fill(Stream& stream, Slot& slot, shard::ReadScratch& scratch) {
    for (;;) {
      if (stop.load(std::memory_order_relaxed)) return;
      const std::int32_t left = slot.unclaimed.fetch_sub(1, std::memory_order_acq_rel);
      if (left <= 0) return;
      const std::size_t at = slot.batch.label.size() - static_cast<std::size_t>(left);
      try {
        read_sample(stream.source, slot.batch, at, scratch);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!slot.error || at < slot.error_at) {
          slot.error = std::current_exception();
          slot.error_at = at;
        }
      }
      if (slot.unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        {
          const std::lock_guard lock(mutex);
          slot.ready = true;
        }
        batch_ready.notify_one();
      }
    }
  }

  void work(shard::ReadScratch scratch) {
    for (;;) {
      Stream* stream = nullptr;
      Slot* slot = nullptr;
      {
        std::unique_lock lock(mutex);
        work_came.wait(lock, [&] { return stop || (stream = soonest()) != nullptr; });
        if (stop) return;
        slot = &stream->slot(stream->filling);
      }
      fill(*stream, *slot, scratch);
    }
  }
};

Loader::Loader(std::vector<LoaderStream> streams, const LoaderOptions& options)
    : state_(std::make_unique<State>()) {
  state_->memory = options.memory.value_or(plain_memory());
  const unsigned batches =
      std::max(1u, options.prefetch) + 1;  // and the one that the consumer holds
  for (LoaderStream& source : streams) {
    Stream stream;
    stream.source = std::move(source);
    stream.check();
    const StreamOrder& order = stream.source.order;
    stream.end = stream.source.batches.value_or(std::numeric_limits<std::uint64_t>::max());
    if (stream.source.partial_last) {
      const std::uint64_t all = (order.samples + order.batch_size - 1) / order.batch_size;
      stream.end = std::min(stream.end, all - std::min(all, stream.source.first_batch));
    }
    stream.allocate(batches, state_->memory);
    while (stream.opened < std::min<std::uint64_t>(stream.end, batches)) stream.open_next();
    state_->streams.push_back(std::move(stream));
  }
  for (unsigned i = 0; i < thread_count(options.threads); ++i) {
    // A thread that can't have its memory fails here, not later.
    state_->threads.emplace_back(&State::work, state_.get(), shard::ReadScratch{});
  }
}

Loader::~Loader() = default;

const Batch* Loader::next(std::size_t number) {
  State& state = *state_;
  Stream& stream = state.streams.at(number);
  std::unique_lock lock(state.mutex);
  state.wanted = number;
  if (stream.reopen(state.memory)) state.work_came.notify_all();
  if (stream.given == stream.end) return nullptr;
  if (stream.source.consumed) *stream.source.consumed = stream.source.first_batch + stream.given;
  Slot& slot = stream.slot(stream.given);
  state.wait_until_ready(lock, slot, std::nullopt);
  if (slot.error) std::rethrow_exception(slot.error);
  ++stream.given;
  stream.held = true;
  state.wanted = (number + 1) % state.streams.size();
  return &slot.batch;
}

bool Loader::wait_for(std::size_t number, std::chrono::milliseconds time) {
  State& state = *state_;
  Stream& stream = state.streams.at(number);
  std::unique_lock lock(state.mutex);
  state.wanted = number;
  if (stream.reopen(state.memory)) state.work_came.notify_all();
  if (stream.given == stream.end) return true;
  return state.wait_until_ready(lock, stream.slot(stream.given), time);
}

std::shared_ptr<std::byte> Loader::take(std::size_t number) {
  Stream& stream = state_->streams.at(number);
  const std::lock_guard lock(state_->mutex);
  if (!stream.held || stream.taken()) throw std::logic_error("there is no batch to take");
  return std::move(stream.memory[(stream.given - 1) % stream.slots.size()]);
}

void Loader::refill() {
  const std::lock_guard lock(state_->mutex);
  for (Stream& stream : state_->streams) {
    if (stream.taken() && stream.reopen(state_->memory)) state_->work_came.notify_all();
  }
}

double Loader::waited() const {
  return state_->waited;
}

}  // namespace rod::stream
