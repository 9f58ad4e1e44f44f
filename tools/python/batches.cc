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

namespace nb = nanobind;

namespace rod::python {
namespace {

constexpr std::size_t kKept = 2;  // free buffers that wait for another batch
constexpr std::chrono::milliseconds kLook{50};
constexpr std::align_val_t kAlign{64};

// Memory of batches, used again once no array refers to it: fresh pages for each batch would cost more than decoding
// it. With a `source`, a Python function from a number of bytes to a buffer such as page-locked memory, buffers are
// made in reserve() alone, as allocate() runs without the GIL. Any thread. After a fork, the child leaves it alone.
class Pool {
 public:
  explicit Pool(nb::object source) : source_(std::move(source)) {}
  ~Pool() {
    if (forked()) return;
    for (std::byte* const memory : free_) ::operator delete(memory, kAlign);
    if (!source_.is_valid()) return;
    const nb::gil_scoped_acquire acquire;
    buffers_.clear();
    source_.reset();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  bool forked() const { return ::getpid() != process_; }

  // Sees to `count` free buffers of `bytes`, where a source makes them. REQUIRES: the GIL.
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

// What the arrays of a batch share. The last of them gives the memory back, and has the loader use it.
struct Lease {
  std::shared_ptr<Pool> pool;
  std::shared_ptr<std::byte> memory = {};
  std::weak_ptr<Loader> loader = {};

  explicit Lease(std::shared_ptr<Pool> from) : pool(std::move(from)) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (pool->forked()) {
      new std::shared_ptr<std::byte>(std::move(memory));  // the parent's; threads that used it are not here
      return;
    }
    memory.reset();
    try {
      if (const std::shared_ptr<Loader> alive = loader.lock()) alive->refill();
    } catch (...) {
      // The next batch that is asked for tries again, and says so.
    }
  }
};

// One pass, or endless batches, over one or several splits.
class BatchStream {
 public:
  BatchStream(std::vector<LoaderStream> streams, LoaderOptions options, nb::object source)
      : pool_(std::make_shared<Pool>(std::move(source))) {
    for (const LoaderStream& stream : streams) {
      readers_.push_back(stream.split);
      const PixelFormat& pixels = stream.split->pixels();
      const std::size_t size =
          (stream.order.batch_size + stream.slice.count - 1) / stream.slice.count;
      largest_ = std::max(largest_, size * (pixels.rgb_bytes() + pixels.depth_bytes()) + 64);
    }
    // One of the loader's batches is the one that Python holds: as much memory as without Python.
    options.prefetch = std::max(1u, options.prefetch - std::min(1u, options.prefetch));
    pool_->reserve((options.prefetch + 1) * streams.size(), largest_);
    options.memory = BatchMemory{
        [pool = pool_, bytes = largest_](std::size_t) { return pool->allocate(bytes); },
        [pool = pool_](std::byte* memory) { pool->release(memory); }};
    const nb::gil_scoped_release release;
    loader_ = std::make_shared<Loader>(std::move(streams), options);
  }

  // A child has neither the loader's threads nor a mutex that it could trust: its loader is left as it is.
  ~BatchStream() {
    if (pool_->forked()) new std::shared_ptr<Loader>(std::move(loader_));
  }

  // The next batch of stream s: (rgb, depth or None, label, index); None after the last.
  nb::object next(std::size_t s) {
    if (pool_->forked()) {
      throw Error(ErrorKind::kUsage,
                  "this iterator of a loader belongs to the process that this one was forked from; "
                  "iterate the loader anew here");
    }
    pool_->reserve(1, largest_);
    const std::shared_ptr<Loader> loader = wait(s);
    Batch batch;
    auto lease = std::make_unique<Lease>(pool_);
    {
      const nb::gil_scoped_release release;
      const std::lock_guard lock(consumer_);
      const Batch* const next = loader->next(s);
      if (next != nullptr) {
        batch = *next;
        lease->memory = loader->take(s);
        lease->loader = loader;
      }
    }
    if (!lease->memory) return nb::none();
    return arrays(s, batch, std::move(lease));
  }

  void close() {
    closed_ = true;
    if (pool_->forked()) return;
    const nb::gil_scoped_release release;
    std::shared_ptr<Loader> loader;  // ends without the lock and without the GIL: a read may hang
    const std::lock_guard lock(consumer_);
    loader = std::move(loader_);
  }

  bool forked() const { return pool_->forked(); }

 private:
  // Until the batch is there; between looks, signals and close() have their say.
  std::shared_ptr<Loader> wait(std::size_t s) {
    for (;;) {
      std::shared_ptr<Loader> loader;
      bool ready = false;
      {
        const nb::gil_scoped_release release;
        const std::lock_guard lock(consumer_);
        loader = loader_;
        ready = loader && !closed_ && loader->wait_for(s, kLook);
      }
      if (closed_) throw Error(ErrorKind::kUsage, "the loader is closed");
      if (ready) return loader;
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
    }
  }

  nb::object arrays(std::size_t s, const Batch& batch, std::unique_ptr<Lease> lease) const {
    const PixelFormat& pixels = readers_[s]->pixels();
    const std::size_t size = batch.label.size(), height = pixels.height, width = pixels.width;
    const nb::capsule owner(lease.get(),
                            [](void* held) noexcept { delete static_cast<Lease*>(held); });
    lease.release();
    const nb::ndarray<nb::numpy, std::uint8_t> rgb(batch.rgb.data(), {size, height, width, 3},
                                                   owner);
    nb::object depth = nb::none();
    if (pixels.depth == DepthKind::kColour) {
      depth = nb::cast(nb::ndarray<nb::numpy, std::uint8_t>(batch.depth.data(),
                                                            {size, height, width, 3}, owner));
    } else if (pixels.depth == DepthKind::kRaw16) {
      depth = nb::cast(nb::ndarray<nb::numpy, std::uint16_t>(batch.depth.data(),
                                                             {size, height, width}, owner));
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
  std::vector<std::shared_ptr<const SplitReader>> readers_;
  std::size_t largest_ = 0;
  std::mutex consumer_;  // never waited for with the GIL
  std::shared_ptr<Loader> loader_;
  std::atomic<bool> closed_{false};
};

}  // namespace

void bind_loader(nb::module_& module) {
  nb::class_<BatchStream>(module, "Batches")
      .def(
          "__init__",
          [](BatchStream* self, const std::vector<Split*>& splits,
             const std::vector<StreamOrder>& orders, std::uint64_t first_batch, bool partial_last,
             std::uint64_t epoch, std::uint32_t rank, std::uint32_t world_size, unsigned threads,
             unsigned prefetch, nb::object memory) {
            if (splits.size() != orders.size() || splits.empty() || rank >= world_size) {
              throw nb::value_error("as many orders as splits, and a rank below the world size");
            }
            std::vector<LoaderStream> streams;
            for (std::size_t s = 0; s < splits.size(); ++s) {
              LoaderStream stream;
              stream.split = splits[s]->reader();
              stream.order = orders[s];
              stream.first_batch = first_batch;
              stream.partial_last = partial_last;
              stream.epoch = epoch;
              stream.slice = {rank, world_size};
              streams.push_back(std::move(stream));
            }
            LoaderOptions options;
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
