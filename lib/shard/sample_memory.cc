#include "shard/sample_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/machine.h"

namespace rod::shard {
namespace {

constexpr std::uint64_t kMeasureEvery = std::uint64_t{64} << 20;  // bytes taken

using Mapping = std::unique_ptr<std::byte, std::function<void(std::byte*)>>;

Mapping map_address_space(std::uint64_t samples, std::size_t sample_bytes) {
  if (sample_bytes != 0 && samples > std::numeric_limits<std::size_t>::max() / sample_bytes) {
    throw Error(ErrorKind::kNoRoom, fmt::format("{} samples of {} bytes exceed the address space",
                                                samples, sample_bytes));
  }
  const std::size_t bytes = std::max<std::size_t>(1, samples * sample_bytes);
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    throw Error(ErrorKind::kNoRoom, fmt::format("can't reserve {} bytes of address space for "
                                                "decoded samples: {}; use --residency stream",
                                                bytes, std::strerror(errno)));
  }
  ::madvise(memory, bytes,
            MADV_HUGEPAGE);  // fewer page faults; where it is not known, nothing is lost
  return {static_cast<std::byte*>(memory), [bytes](std::byte* at) { ::munmap(at, bytes); }};
}

}  // namespace

bool MemoryBudget::take(std::uint64_t bytes) {
  if (spent()) return false;
  const std::uint64_t before = taken_.fetch_add(bytes, std::memory_order_relaxed);
  const bool due = before == 0 || before / kMeasureEvery != (before + bytes) / kMeasureEvery;
  if (due && available_memory() < reserve_ + kMeasureEvery + bytes) {
    spent_.store(true, std::memory_order_relaxed);
    return false;
  }
  return true;
}

SampleMemory::SampleMemory(std::uint64_t samples, std::size_t sample_bytes,
                           std::shared_ptr<MemoryBudget> budget)
    : sample_bytes_(sample_bytes),
      budget_(std::move(budget)),
      state_(samples),
      bytes_(map_address_space(samples, sample_bytes)) {}

std::span<const std::byte> SampleMemory::get(std::uint64_t n) const {
  if (state_[n].load(std::memory_order_acquire) != kKept) return {};
  return {bytes_.get() + n * sample_bytes_, sample_bytes_};
}

void SampleMemory::put(std::uint64_t n, std::span<const std::byte> first,
                       std::span<const std::byte> second) {
  std::uint8_t state = kAbsent;
  if (!state_[n].compare_exchange_strong(state, kBegun, std::memory_order_relaxed)) return;
  if (!budget_->take(sample_bytes_)) {
    return;  // stays begun: nobody tries again
  }
  std::byte* const to = bytes_.get() + n * sample_bytes_;
  std::memcpy(to, first.data(), first.size());
  if (!second.empty()) std::memcpy(to + first.size(), second.data(), second.size());
  state_[n].store(kKept, std::memory_order_release);
}

}  // namespace rod::shard
