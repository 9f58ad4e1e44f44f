#include "prepare/cache/pair_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace rod::prepare {
namespace {

constexpr std::uint64_t kFirstBatchBytes = 1u << 20;  // so that decoding starts at once

}  // namespace

std::uint64_t wanted_bytes(const dataset::Tree& tree, std::string_view path) {
  if (!tree.contains(path)) return 0;
  const std::uint64_t size = tree.size(path);
  return size <= kMaxImageFile ? size : 0;
}

PairReader::PairReader(const dataset::Tree& tree, const dataset::Dataset& dataset,
                       const CachePlan& plan, const std::vector<std::size_t>& todo)
    : tree_(tree), dataset_(dataset), plan_(plan), todo_(todo), thread_([this] { read_all(); }) {}

PairReader::~PairReader() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

std::optional<PairFiles> PairReader::next() {
  if (used_ == current_.size()) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_ || ended_; });
    if (!ready_) {
      if (failure_) std::rethrow_exception(failure_);
      return std::nullopt;
    }
    current_ = *std::exchange(ready_, std::nullopt);
    used_ = 0;
    changed_.notify_all();
  }
  return std::move(current_[used_++]);
}

void PairReader::read_all() {
  try {
    std::size_t unit = 0, sample = 0;
    for (std::uint64_t limit = kFirstBatchBytes; unit < todo_.size();
         limit = std::min(2 * limit, kBatchBytes)) {
      Batch batch = plan_batch(unit, sample, limit);
      read(batch);
      if (!give(std::move(batch))) return;
    }
  } catch (...) {
    failure_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

// `unit` (of todo_) and `sample` (of the unit) are where it begins, and then where the next one
// does.
PairReader::Batch PairReader::plan_batch(std::size_t& unit, std::size_t& sample,
                                         std::uint64_t limit) const {
  Batch batch;
  for (std::uint64_t bytes = 0; unit < todo_.size() && bytes < limit;) {
    const ShardUnit& todo = plan_.units[todo_[unit]];
    const dataset::Sample& pair = dataset_.splits[todo.split].samples[todo.first + sample];
    bytes += wanted_bytes(tree_, pair.rgb) + wanted_bytes(tree_, pair.depth) + sizeof(PairFiles);
    batch.push_back({todo_[unit], todo.first + sample, {}, {}});
    if (++sample == todo.count) {
      ++unit;
      sample = 0;
    }
  }
  return batch;
}

void PairReader::read(Batch& batch) const {
  struct Wanted {
    std::uint64_t position;
    std::string_view path;
    std::vector<std::byte>* out;
  };
  std::vector<Wanted> files;
  for (PairFiles& pair : batch) {
    const dataset::Sample& sample =
        dataset_.splits[plan_.units[pair.unit].split].samples[pair.sample];
    for (const auto& [path, out] :
         {std::pair(sample.rgb, &pair.rgb), {sample.depth, &pair.depth}}) {
      if (wanted_bytes(tree_, path) > 0) files.push_back({tree_.position(path), path, out});
    }
  }
  std::stable_sort(files.begin(), files.end(),
                   [](const Wanted& a, const Wanted& b) { return a.position < b.position; });
  for (const Wanted& file : files) tree_.read(file.path, *file.out);
}

bool PairReader::give(Batch&& batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !ready_ || closed_; });
  if (closed_) return false;
  ready_ = std::move(batch);
  changed_.notify_all();
  return true;
}

}  // namespace rod::prepare
