// A cache of decoded samples, filled when a sample is first read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace rod::shard {

// A limit on the memory of all caches. It checks the machine's free memory on each request, so that
// the process is not killed for using too much.
class MemoryBudget {
 public:
  // `reserve`: bytes of the machine's or container's memory to keep free.
  explicit MemoryBudget(std::uint64_t reserve) : reserve_(reserve) {}

  // Whether `bytes` more may be used. After it has returned false once, it always returns false.
  // Thread-safe.
  bool take(std::uint64_t bytes);
  bool spent() const { return spent_.load(std::memory_order_relaxed); }

 private:
  const std::uint64_t reserve_;
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<bool> spent_{false};
};

// Room for `samples` samples of equal size. Reserves address space at once, and uses memory as
// samples are added. Thread-safe and lock-free.
class SampleMemory {
 public:
  // Throws Error(kNoRoom).
  SampleMemory(std::uint64_t samples, std::size_t sample_bytes,
               std::shared_ptr<MemoryBudget> budget);

  // Returns the sample's bytes, or an empty span if it is not cached. Valid for the lifetime of
  // this object.
  std::span<const std::byte> get(std::uint64_t n) const;

  // Caches sample n, the concatenation of `first` and `second`, unless another thread is doing so
  // or the budget is spent.
  void put(std::uint64_t n, std::span<const std::byte> first, std::span<const std::byte> second);

 private:
  enum : std::uint8_t { kAbsent, kBegun, kKept };

  const std::size_t sample_bytes_;
  const std::shared_ptr<MemoryBudget> budget_;
  std::vector<std::atomic<std::uint8_t>> state_;  // [samples]
  std::unique_ptr<std::byte, std::function<void(std::byte*)>> bytes_;
};

}  // namespace rod::shard
