#include "shard/split_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/error.h"
#include "base/machine.h"

namespace rod::shard {

constexpr std::int64_t kCheckEvery = 1000;  // ms
constexpr std::uint64_t kBits = 8;          // of a byte of verified_

ShardOpener shard_opener(const io::FileOpener& open) {
  if (!open) return {};
  return [open](const std::filesystem::path& dataset, const ShardInfo& shard) {
    return open(dataset / shard.file);
  };
}

SplitReader::SplitReader(const std::filesystem::path& dataset, const Manifest& manifest,
                         const std::string& split, ShardOpener open, const OpenLimits& limits)
    : dataset_(dataset),
      info_(manifest.split(split)),
      pixels_(manifest.pixels),
      codec_(manifest.codec),
      classes_(manifest.classes.size()),
      open_(std::move(open)),
      own_files_(!open_),
      first_{0},
      verified_(info_.samples / kBits + 1) {
  std::uint64_t bytes = 0;
  for (const ShardInfo& shard : info_.shards) {
    first_.push_back(first_.back() + shard.samples);
    bytes += shard.bytes;
  }
  larger_than_memory_ = bytes > available_memory();
  shards_ = std::make_unique<OpenShards>(
      info_.shards.size(), info_.samples, [this](std::size_t s) { return open_checked(s); },
      limits);
  if (shards_->all_open()) check_class_counts();
}

std::unique_ptr<const ShardReader> SplitReader::open_checked(std::size_t number) const {
  const ShardInfo& shard = info_.shards[number];
  const auto refuse = [&](const std::string& what) {
    return BadInput(fmt::format("{}: {}; run 'rodprep verify {} --repair SOURCE'",
                                (dataset_ / shard.file).string(), what, dataset_.string()));
  };
  auto reader = std::make_unique<const ShardReader>(
      open_ ? open_(dataset_, shard) : io::open_file(dataset_ / shard.file), pixels_, codec_);
  if (reader->bytes() != shard.bytes || reader->samples() != shard.samples) {
    throw refuse(fmt::format("has {} samples in {} bytes, expected {} in {}", reader->samples(),
                             reader->bytes(), shard.samples, shard.bytes));
  }
  if (reader->file_name() != shard.file)
    throw refuse(fmt::format("is '{}' by its header", reader->file_name()));
  for (std::uint64_t n = 0; n < reader->samples(); ++n) {
    if (const std::int64_t label = reader->label(n); static_cast<std::uint64_t>(label) >= classes_)
      throw refuse(
          fmt::format("sample {} has label {}, expected less than {}", n, label, classes_));
  }
  return reader;
}

void SplitReader::check_class_counts() const {
  std::vector<std::uint64_t> counts(classes_);
  for (std::size_t s = 0; s < info_.shards.size(); ++s) {
    const OpenShards::Held shard = shards_->get(s);
    for (std::uint64_t n = 0; n < shard->samples(); ++n)
      ++counts[static_cast<std::size_t>(shard->label(n))];
  }
  if (counts == info_.class_counts) return;
  throw BadInput(
      fmt::format("{}: the labels of split '{}' do not add up to the manifest's class counts; "
                  "shards and {} are of different data sets",
                  dataset_.string(), info_.name, kManifestName));
}

void SplitReader::keep_decoded(std::shared_ptr<MemoryBudget> budget) {
  memory_ = std::make_unique<SampleMemory>(size(), pixels_.rgb_bytes() + pixels_.depth_bytes(),
                                           std::move(budget));
  checked_ = std::vector<std::atomic<std::int64_t>>(shards());
}

std::uint64_t SplitReader::mean_shard_samples() const {
  return shards() == 0 ? 1 : (size() + shards() - 1) / shards();
}

SplitReader::Place SplitReader::place(std::uint64_t n) const {
  const auto after = std::upper_bound(first_.begin(), first_.end(), n);
  const auto shard = static_cast<std::size_t>(after - first_.begin()) - 1;
  return {shard, n - first_[shard]};
}

std::int64_t SplitReader::label(std::uint64_t n) const {
  const Place at = place(n);
  const std::int64_t stored = shards_->get(at.shard)->label(at.within);
  return labels_.empty() ? stored : labels_[static_cast<std::size_t>(stored)];
}

std::string SplitReader::key(std::uint64_t n) const {
  const Place at = place(n);
  return std::string(shards_->get(at.shard)->key(at.within));
}

PairSize SplitReader::size(std::uint64_t n) const {
  const Place at = place(n);
  return shards_->get(at.shard)->size(at.within);
}

std::uint64_t SplitReader::image_hash(std::uint64_t n) const {
  const Place at = place(n);
  const OpenShards::Held shard = shards_->get(at.shard);
  return pixels_.has_rgb() ? shard->rgb_hash(at.within) : shard->depth_hash(at.within);
}

std::uint64_t SplitReader::line(std::uint64_t n) const {
  // The i-th line left out has lines_left_out[i] - i samples before it, which never falls with i.
  std::uint64_t low = 0, high = info_.lines_left_out.size();
  while (low < high) {
    const std::uint64_t middle = (low + high) / 2;
    if (info_.lines_left_out[middle] - middle <= n) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return n + low;
}

void SplitReader::read(std::uint64_t n, std::span<std::byte> rgb, std::span<std::byte> depth,
                       ReadScratch& scratch) const {
  const Place at = place(n);
  if (memory_) {
    if (const std::span<const std::byte> kept = memory_->get(n); !kept.empty()) {
      check_whole(at.shard);
      if (!rgb.empty()) std::memcpy(rgb.data(), kept.data(), rgb.size());
      if (!depth.empty()) std::memcpy(depth.data(), kept.data() + rgb.size(), depth.size());
      return;
    }
  }
  // Two threads may both verify a sample the first time: that is redundant but harmless.
  const bool verify = !is_verified(n);
  shards_->get(at.shard)->read(at.within, rgb, depth, scratch, verify);
  if (verify) set_verified(n);
  if (memory_) memory_->put(n, rgb, depth);
}

bool SplitReader::is_verified(std::uint64_t n) const {
  return (verified_[n / kBits].load(std::memory_order_relaxed) >> (n % kBits) & 1) != 0;
}

void SplitReader::set_verified(std::uint64_t n) const {
  verified_[n / kBits].fetch_or(static_cast<std::uint8_t>(1u << (n % kBits)),
                                std::memory_order_relaxed);
}

// A data set that is damaged while it is used is said to be, although this run could do without the
// file.
void SplitReader::check_whole(std::size_t shard) const {
  if (!own_files_) return;
  using namespace std::chrono;
  const std::int64_t now =
      duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  if (now - checked_[shard].load(std::memory_order_relaxed) < kCheckEvery) return;
  checked_[shard].store(now, std::memory_order_relaxed);
  if (const OpenShards::Held open = shards_->find(shard)) open->check_whole();
}

void SplitReader::decode(std::uint64_t n, std::span<std::byte> rgb, std::span<std::byte> depth,
                         ReadScratch& scratch) const {
  const Place at = place(n);
  shards_->get(at.shard)->read(at.within, rgb, depth, scratch, /*verify=*/false);
}

std::size_t SplitReader::read_stored(std::uint64_t n, ReadScratch& scratch) const {
  const Place at = place(n);
  return shards_->get(at.shard)->read_stored(at.within, scratch);
}

void SplitReader::will_need(std::uint64_t n) const {
  if (!larger_than_memory_ && is_verified(n)) return;
  const Place at = place(n);
  if (const OpenShards::Held shard = shards_->find(at.shard)) shard->will_need(at.within);
}

}  // namespace rod::shard
