#include "shard/open_shards.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/machine.h"

namespace rod::shard {
namespace {

constexpr std::uint64_t kHandlesShare = 2, kMemoryShare = 16;
constexpr std::uint64_t kLeastFiles = 8;    // that a split may have open, whatever others have
constexpr std::uint64_t kSampleBytes = 64;  // labels, hashes, offsets and a short key

// Of all splits of this process.
std::atomic<std::uint64_t> files_open{0}, bytes_open{0};

}  // namespace

OpenLimits open_limits() {
  static const OpenLimits kLimits = [] {
    rlimit handles{};
    if (::getrlimit(RLIMIT_NOFILE, &handles) != 0) handles.rlim_cur = 1024;
    const std::uint64_t limit = memory_limit();
    const std::uint64_t memory = limit == 0 ? total_memory() : std::min(limit, total_memory());
    return OpenLimits{handles.rlim_cur / kHandlesShare, memory / kMemoryShare};
  }();
  return kLimits;
}

OpenShards::OpenShards(std::size_t shards, std::uint64_t samples, ShardOpening open,
                       const OpenLimits& limits)
    : open_(std::move(open)),
      limits_(limits),
      all_open_(files_open + shards <= limits.files &&
                bytes_open + samples * kSampleBytes <= limits.bytes),
      slots_(shards) {
  if (!all_open_) return;
  std::vector<std::shared_ptr<const ShardReader>> readers;
  for (std::size_t shard = 0; shard < shards; ++shard) readers.push_back(open_(shard));
  // From here on nothing throws, so that what is counted is given back.
  for (std::size_t shard = 0; shard < shards; ++shard) {
    bytes_ += readers[shard]->held_bytes();
    slots_[shard].reader = std::move(readers[shard]);
  }
  files_open += shards;
  bytes_open += bytes_;
}

OpenShards::~OpenShards() {
  files_open -= all_open_ ? slots_.size() : used_.size();
  bytes_open -= bytes_;
}

OpenShards::Held OpenShards::get(std::size_t shard) const {
  if (all_open_) return Held(slots_[shard].reader.get());
  if (auto reader = find_open(shard)) return Held(std::move(reader));
  const std::lock_guard lock(opening_[shard % opening_.size()]);
  if (auto reader = find_open(shard)) return Held(std::move(reader));
  std::shared_ptr<const ShardReader> reader = open_(shard);
  keep(shard, reader);
  return Held(std::move(reader));
}

OpenShards::Held OpenShards::find(std::size_t shard) const {
  if (all_open_) return Held(slots_[shard].reader.get());
  return Held(find_open(shard));
}

std::shared_ptr<const ShardReader> OpenShards::find_open(std::size_t shard) const {
  const std::lock_guard lock(mutex_);
  const Slot& slot = slots_[shard];
  if (slot.reader) used_.splice(used_.begin(), used_, slot.place);
  return slot.reader;
}

void OpenShards::keep(std::size_t shard, const std::shared_ptr<const ShardReader>& reader) const {
  const std::lock_guard lock(mutex_);
  used_.push_front(shard);
  slots_[shard] = {reader, used_.begin()};
  bytes_ += reader->held_bytes();
  ++files_open;
  bytes_open += reader->held_bytes();
  while (used_.size() > 1 &&
         ((files_open > limits_.files && used_.size() > kLeastFiles) || bytes_open > limits_.bytes))
    close_oldest();
}

// Requires: mutex_ held.
void OpenShards::close_oldest() const {
  Slot& slot = slots_[used_.back()];
  bytes_ -= slot.reader->held_bytes();
  --files_open;
  bytes_open -= slot.reader->held_bytes();
  slot.reader.reset();
  used_.pop_back();
}

}  // namespace rod::shard
