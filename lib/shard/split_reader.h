// One split of a data set: its shards as one sequence of samples, 0 .. size()-1, in the split
// list's order.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shard/manifest.h"
#include "shard/open_shards.h"
#include "shard/sample_memory.h"
#include "shard/shard_reader.h"

namespace rod::shard {

// Opens one of a data set's shards.
using ShardOpener = std::function<std::shared_ptr<const io::RandomAccessFile>(
    const std::filesystem::path& dataset, const ShardInfo& shard)>;

// Opens shards with `open`; nothing if that is empty, which stands for files of this machine.
ShardOpener shard_opener(const io::FileOpener& open);

class SplitReader {
 public:
  // Opens the shards of `split`, and checks each against the manifest: all of them now, or where
  // they are too many, each when it is first needed, see OpenShards. `open`: where shards are read
  // from; by default from their files. Throws BadInput, SystemError, those of `open`; so do then
  // all functions of a sample's number.
  SplitReader(const std::filesystem::path& dataset, const Manifest& manifest,
              const std::string& split, ShardOpener open = {},
              const OpenLimits& limits = open_limits());

  // Keeps samples decoded from their first reading on. Call it before other threads read. Throws
  // Error(kNoRoom).
  void keep_decoded(std::shared_ptr<MemoryBudget> budget);

  // From now on label(n) is labels[L] where L is the stored label: for a network that numbers the
  // classes otherwise. -1 marks a class that it does not know. Call it before other threads read.
  // Requires: one for each class of the data set.
  void relabel(std::vector<std::int64_t> labels) { labels_ = std::move(labels); }

  const std::string& name() const { return info_.name; }
  const PixelFormat& pixels() const { return pixels_; }
  std::uint64_t size() const { return info_.samples; }
  const SplitInfo& info() const { return info_; }
  std::uint64_t shards() const { return info_.shards.size(); }
  std::uint64_t mean_shard_samples() const;  // rounded up, at least 1: StreamOrder::block
  std::int64_t label(std::uint64_t n) const;
  std::string key(std::uint64_t n) const;
  PairSize size(std::uint64_t n) const;
  // XXH3-64 of the RGB pixels, as stored; without RGB images, of the depth pixels.
  std::uint64_t image_hash(std::uint64_t n) const;
  std::uint64_t line(
      std::uint64_t n) const;  // line of the split list, from 0, lines left out counted

  // As ShardReader::read; a sample's hash is checked the first time it is read.
  void read(std::uint64_t n, std::span<std::byte> rgb, std::span<std::byte> depth,
            ReadScratch& scratch) const;

  // Says that sample n will be read soon; returns at once. Thread-safe. Of a shard that is not open
  // it does nothing.
  void will_need(std::uint64_t n) const;

  // As read(), from the shard whatever is kept in memory, and without a look at the hash. For
  // measurements, as ShardReader::read_stored.
  void decode(std::uint64_t n, std::span<std::byte> rgb, std::span<std::byte> depth,
              ReadScratch& scratch) const;
  std::size_t read_stored(std::uint64_t n, ReadScratch& scratch) const;

 private:
  struct Place {
    std::size_t shard;
    std::uint64_t within;
  };
  Place place(std::uint64_t n) const;
  std::unique_ptr<const ShardReader> open_checked(std::size_t shard) const;
  void check_class_counts() const;
  void check_whole(std::size_t shard) const;
  bool is_verified(std::uint64_t n) const;
  void set_verified(std::uint64_t n) const;

  const std::filesystem::path dataset_;
  SplitInfo info_;
  PixelFormat pixels_;
  Codec codec_;
  std::size_t classes_;
  ShardOpener open_;
  std::unique_ptr<const OpenShards> shards_;
  std::vector<std::int64_t> labels_;  // of relabel(); empty: as stored
  bool own_files_ = true;  // its shards are files of this machine, which check_whole() looks at
  // so that samples are not in the page cache when they are read again
  bool larger_than_memory_ = false;
  std::vector<std::uint64_t> first_;  // [shards + 1] first sample of each shard
  mutable std::vector<std::atomic<std::uint8_t>> verified_;  // [size() / 8], a bit for each sample
  std::unique_ptr<SampleMemory> memory_;                     // of decoded samples; may be absent
  // [shards] when check_whole() was last, in ms
  mutable std::vector<std::atomic<std::int64_t>> checked_;
};

}  // namespace rod::shard
