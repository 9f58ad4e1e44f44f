#include "batches.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/error.h"
#include "split.h"
#include "stream/loader.h"
#include "unlocked.h"

namespace nb = nanobind;

namespace rod::python {
namespace {

constexpr std::size_t kKept = 2;  // free buffers that wait for another batch
constexpr std::chrono::milliseconds kLook{50};
constexpr std::align_val_t kAlign{64};

// Memory of batches, used again once no array refers to it: fresh pages for each batch would cost
// more than decoding it. With a `source`, a Python function from a number of bytes to a buffer such
// as page-locked memory, buffers are made in reserve() alone, as allocate() runs without the GIL.
// Thread-safe. After a fork, the child leaves it alone.
class Pool {
 public:
  explicit Pool(nb::object source) : source_(std::move(source)) {}
  ~Pool() {
    if (forked()) {
      // Page-locked memory is released by a driver, which a fork's child must not call.
      new std::vector<Buffer>(std::move(buffers_));
      static_cast<void>(source_.release());
      return;
    }
    for (std::byte* const memory : free_) ::operator delete(memory, kAlign);
    if (!source_.is_valid()) return;
    const nb::gil_scoped_acquire acquire;
    buffers_.clear();
    source_.reset();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  bool forked() const { return ::getpid() != process_; }

  // Sees to `count` free buffers of `bytes`, where a source makes them. Requires: the GIL.
  void reserve(std::size_t count, std::size_t bytes) {
    if (!source_.is_valid()) return;
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (from_source_.size() >= count) return;
      }
      Buffer buffer = nb::cast<Buffer>(source_(bytes));
      if (buffer.size() < bytes || reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 != 0) {
        throw nb::value_error("a batch's buffer is too small or not aligned to 64 bytes");
      }
      const auto at = reinterpret_cast<std::byte*>(buffer.data());
      const std::lock_guard lock(mutex_);
      buffers_.push_back(std::move(buffer));
      from_source_.push_back(at);
    }
  }

  std::byte* allocate(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    std::vector<std::byte*>& free = source_.is_valid() ? from_source_ : free_;
    if (free.empty()) {
      if (source_.is_valid()) throw std::logic_error("no buffer was reserved for a batch");
      return static_cast<std::byte*>(::operator new(bytes, kAlign));
    }
    std::byte* const memory = free.back();
    free.pop_back();
    return memory;
  }

  void release(std::byte* memory) {
    if (forked()) return;
    const std::lock_guard lock(mutex_);
    if (source_.is_valid()) {
      from_source_.push_back(memory);
    } else if (free_.size() < kKept) {
      free_.push_back(memory);
    } else {
      ::operator delete(memory, kAlign);
    }
  }

 private:
  using Buffer = nb::ndarray<std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

  const pid_t process_ = ::getpid();
  nb::object source_;  // or none at all
  std::mutex mutex_;
  std::vector<std::byte*> free_;
  std::vector<std::byte*> from_source_;
  std::vector<Buffer> buffers_;
};

// The loader as batches find it that may outlive it: none once it ends. Holding the mutex takes
// microseconds.
struct Link {
  std::mutex mutex;
  stream::Loader* loader = nullptr;
};

// What the arrays of a batch share. The last of them gives the memory back, and has the loader use
// it.
struct Lease {
  std::shared_ptr<Pool> pool;
  std::shared_ptr<Link> link;
  std::shared_ptr<std::byte> memory = {};

  Lease(std::shared_ptr<Pool> from, std::shared_ptr<Link> to)
      : pool(std::move(from)), link(std::move(to)) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (pool->forked()) {
      new std::shared_ptr<std::byte>(std::move(memory));  // the parent's, and so are the mutexes
      return;
    }
    memory.reset();
    try {
      const std::lock_guard lock(link->mutex);
      if (link->loader != nullptr) link->loader->refill();
    } catch (...) {
      // The next batch that is asked for tries again, and says so.
    }
  }
};

// One pass, or endless batches, over one or several splits.
class BatchStream {
 public:
  BatchStream(std::vector<stream::LoaderStream> streams, stream::LoaderOptions options,
              nb::object source)
      : pool_(std::make_shared<Pool>(std::move(source))) {
    for (const stream::LoaderStream& stream : streams) {
      readers_.push_back(stream.split);
      const shard::PixelFormat& pixels = stream.split->pixels();
      largest_ = std::max(
          largest_, stream.largest_batch() * (pixels.rgb_bytes() + pixels.depth_bytes()) + 64);
    }
    // One of the loader's batches is the one that Python holds: as much memory as without Python.
    options.prefetch = std::max(1u, options.prefetch - std::min(1u, options.prefetch));
    pool_->reserve((options.prefetch + 1) * streams.size(), largest_);
    options.memory = stream::BatchMemory{
        [pool = pool_, bytes = largest_](std::size_t) { return pool->allocate(bytes); },
        [pool = pool_](std::byte* memory) { pool->release(memory); }};
    const Unlocked unlocked;
    loader_ = std::make_unique<stream::Loader>(std::move(streams), options);
    link_->loader = loader_.get();
  }

  // A child has neither the loader's threads nor a mutex that it could trust: its loader is left as
  // it is.
  ~BatchStream() {
    if (pool_->forked()) {
      static_cast<void>(loader_.release());
    } else {
      close();
    }
  }

  // The next batch of stream s: (rgb or None, depth or None, label, index); None after the last.
  nb::object next(std::size_t s) {
    if (pool_->forked()) {
      throw Error(ErrorKind::kUsage,
                  "this iterator of a loader belongs to the process that this one was forked from; "
                  "start a new iteration here");
    }
    pool_->reserve(1, largest_);
    stream::Batch batch;
    auto lease = std::make_unique<Lease>(pool_, link_);
    bool known = false;
    if (consumer_.try_lock()) {
      // A batch that is ready is taken with the GIL: other threads of Python would give it back
      // late.
      const std::lock_guard lock(consumer_, std::adopt_lock);
      known = take(s, std::chrono::milliseconds(0), batch, *lease);
    }
    while (!known) {
      {
        const Unlocked unlocked;
        const std::lock_guard lock(consumer_);
        known = take(s, kLook, batch, *lease);
      }
      if (!known && PyErr_CheckSignals() != 0) throw nb::python_error();
    }
    if (!lease->memory) return nb::none();
    return arrays(s, batch, std::move(lease));
  }

  void close() {
    closed_ = true;
    if (pool_->forked()) return;
    const Unlocked unlocked;
    // ends without locks and without the GIL: a read may hang
    std::unique_ptr<stream::Loader> loader;
    {
      const std::lock_guard lock(consumer_);
      loader = std::move(loader_);
    }
    const std::lock_guard lock(link_->mutex);
    link_->loader = nullptr;
  }

  bool forked() const { return pool_->forked(); }

 private:
  // True once it has the next batch, or knows that there is none; false when `time` is over.
  // Requires: consumer_.
  bool take(std::size_t s, std::chrono::milliseconds time, stream::Batch& batch, Lease& lease) {
    if (interpreter_ends) {
      throw Error(ErrorKind::kUsage, "the interpreter ends: there are no more batches");
    }
    if (closed_ || !loader_) throw Error(ErrorKind::kUsage, "the loader is closed");
    if (!loader_->wait_for(s, time)) return false;
    if (const stream::Batch* const next = loader_->next(s)) {
      batch = *next;
      lease.memory = loader_->take(s);
    }
    return true;
  }

  nb::object arrays(std::size_t s, const stream::Batch& batch, std::unique_ptr<Lease> lease) const {
    const shard::PixelFormat& pixels = readers_[s]->pixels();
    const std::size_t size = batch.label.size(), height = pixels.height, width = pixels.width;
    const nb::capsule owner(lease.get(),
                            [](void* held) noexcept { delete static_cast<Lease*>(held); });
    lease.release();
    const auto colours = [&](std::span<std::byte> bytes) -> nb::object {
      return nb::cast(
          nb::ndarray<nb::numpy, std::uint8_t>(bytes.data(), {size, height, width, 3}, owner));
    };
    const nb::object rgb = pixels.has_rgb() ? colours(batch.rgb) : nb::none();
    nb::object depth = nb::none();
    if (pixels.depth == shard::DepthKind::kColour) {
      depth = colours(batch.depth);
    } else if (pixels.depth == shard::DepthKind::kRaw16) {
      depth = nb::cast(
          nb::ndarray<nb::numpy, std::uint16_t>(batch.depth.data(), {size, height, width}, owner));
    }
    return nb::make_tuple(rgb, depth, numbers(batch.label), numbers(batch.sample));
  }

  template <typename T>
  static nb::ndarray<nb::numpy, std::int64_t> numbers(const std::vector<T>& values) {
    auto copy = std::make_unique<std::int64_t[]>(values.size());
    std::copy(values.begin(), values.end(), copy.get());
    std::int64_t* const at = copy.get();
    const nb::capsule owner(
        at, [](void* memory) noexcept { delete[] static_cast<std::int64_t*>(memory); });
    copy.release();
    return nb::ndarray<nb::numpy, std::int64_t>(at, {values.size()}, owner);
  }

  std::shared_ptr<Pool> pool_;
  std::vector<std::shared_ptr<const shard::SplitReader>> readers_;
  std::size_t largest_ = 0;
  std::mutex consumer_;  // never waited for with the GIL
  std::unique_ptr<stream::Loader> loader_;
  std::shared_ptr<Link> link_ = std::make_shared<Link>();
  std::atomic<bool> closed_{false};
};

}  // namespace

void bind_loader(nb::module_& module) {
  nb::class_<BatchStream>(module, "Batches")
      .def(
          "__init__",
          [](BatchStream* self, const std::vector<Split*>& splits,
             const std::vector<stream::StreamOrder>& orders, std::uint64_t first_batch,
             bool partial_last, std::uint64_t epoch, std::uint32_t rank, std::uint32_t world_size,
             unsigned threads, unsigned prefetch, nb::object memory) {
            if (splits.size() != orders.size() || splits.empty() || rank >= world_size) {
              throw nb::value_error("as many orders as splits, and a rank below the world size");
            }
            std::vector<stream::LoaderStream> streams;
            for (std::size_t s = 0; s < splits.size(); ++s) {
              stream::LoaderStream stream;
              stream.split = splits[s]->reader();
              stream.order = orders[s];
              stream.first_batch = first_batch;
              stream.partial_last = partial_last;
              stream.epoch = epoch;
              stream.slice = {rank, world_size};
              streams.push_back(std::move(stream));
            }
            stream::LoaderOptions options;
            options.threads = threads;
            options.prefetch = prefetch;
            if (memory.is_none()) memory = nb::object();
            new (self) BatchStream(std::move(streams), std::move(options), std::move(memory));
          },
          nb::arg("splits"), nb::arg("orders"), nb::arg("first_batch"), nb::arg("partial_last"),
          nb::arg("epoch"), nb::arg("rank"), nb::arg("world_size"), nb::arg("threads"),
          nb::arg("prefetch"), nb::arg("memory").none())
      .def("next", &BatchStream::next, nb::arg("stream"))
      .def("close", &BatchStream::close)
      .def("forked", &BatchStream::forked);
}

}  // namespace rod::python
