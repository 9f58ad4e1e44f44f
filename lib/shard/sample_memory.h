// Decoded samples that are kept in memory from their first reading on.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace rod::shard {

// How much may be kept in all. It is measured while it is used: what is refused stays unread,
// nothing is killed.
class MemoryBudget {
 public:
  // `reserve`: bytes of the machine's (or the container's) memory that stay free.
  explicit MemoryBudget(std::uint64_t reserve) : reserve_(reserve) {}

  // True if `bytes` more may be taken. Once it says no it never says yes again. Any thread.
  bool take(std::uint64_t bytes);
  bool spent() const { return spent_.load(std::memory_order_relaxed); }

 private:
  const std::uint64_t reserve_;
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<bool> spent_{false};
};

// `samples` samples of equal size. Takes address space at once, and memory as samples are put in.
// Any thread, no locks.
class SampleMemory {
 public:
  // Errors: kNoRoom.
  SampleMemory(std::uint64_t samples, std::size_t sample_bytes,
               std::shared_ptr<MemoryBudget> budget);

  // The sample's bytes, or none if it is not kept (yet). Valid for as long as this object.
  std::span<const std::byte> get(std::uint64_t n) const;

  // Keeps sample n = first + second, if nobody else has begun to and the budget allows it.
  void put(std::uint64_t n, std::span<const std::byte> first, std::span<const std::byte> second);

 private:
  enum : std::uint8_t { kAbsent, kBegun, kKept };

  const std::size_t sample_bytes_;
  const std::shared_ptr<MemoryBudget> budget_;
  std::vector<std::atomic<std::uint8_t>> state_;  // [samples]
  std::unique_ptr<std::byte, std::function<void(std::byte*)>> bytes_;
};

}  // namespace rod::shard
