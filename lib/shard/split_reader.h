// One split of a data set: its shards as one sequence of samples, 0 .. size()-1, in the split list's order.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "shard/manifest.h"
#include "shard/shard_reader.h"

namespace rod {

class SplitReader {
 public:
  // Opens every shard of `split`, checks sizes against the manifest. Errors: BadInput, throw_errno.
  SplitReader(const std::filesystem::path& dataset, const Manifest& manifest,
              const std::string& split);

  const std::string& name() const { return info_.name; }
  const PixelFormat& pixels() const { return pixels_; }
  std::uint64_t size() const { return info_.samples; }
  std::uint64_t shards() const { return shards_.size(); }
  std::uint64_t mean_shard_samples() const;  // rounded up, at least 1: StreamOrder::block
  std::int64_t label(std::uint64_t n) const;
  std::string_view key(std::uint64_t n) const;
  std::uint64_t line(
      std::uint64_t n) const;  // line of the split list, from 0, refused lines counted

  // As ShardReader::read; a sample's hash is checked the first time it is read.
  void read(std::uint64_t n, std::span<std::byte> rgb, std::span<std::byte> depth,
            ReadScratch& scratch) const;

 private:
  struct Place {
    std::size_t shard;
    std::uint64_t within;
  };
  Place place(std::uint64_t n) const;

  SplitInfo info_;
  PixelFormat pixels_;
  std::vector<std::unique_ptr<ShardReader>> shards_;
  std::vector<std::uint64_t> first_;  // [shards + 1] first sample of each shard
  mutable std::vector<std::atomic<std::uint8_t>> verified_;
};

}  // namespace rod
