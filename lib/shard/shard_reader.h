// One shard, opened and checked; its samples by number.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shard/codec.h"
#include "shard/pixels.h"
#include "shard/safetensors_file.h"

namespace rod {

// Memory that one reading thread re-uses from sample to sample.
struct ReadScratch {
  ZstdCodec codec;
  std::vector<std::byte> stored;
};

class ShardReader {
 public:
  // Reads the small tensors (labels, keys, offsets, hashes) and checks all of FORMAT.md's "readers must".
  // Errors: BadInput naming the file and the rule.
  ShardReader(const std::filesystem::path& path, const PixelFormat& pixels, Codec codec);
  ShardReader(std::unique_ptr<ByteSource> source, const PixelFormat& pixels, Codec codec);

  std::uint64_t samples() const { return labels_.size(); }
  const std::string& path() const { return file_.path(); }
  std::string file_name() const;  // by the header: "SPLIT/00012.safetensors"
  std::uint64_t bytes() const { return file_.bytes(); }
  const Metadata& metadata() const { return file_.metadata(); }
  std::int64_t label(std::uint64_t n) const { return labels_[n]; }
  std::string_view key(std::uint64_t n) const;
  std::uint64_t rgb_hash(std::uint64_t n) const { return hashes_[2 * n]; }
  std::uint64_t depth_hash(std::uint64_t n) const { return hashes_[2 * n + 1]; }

  // Decodes sample n: `rgb` [H,W,3] U8, `depth` as the PixelFormat says. REQUIRES: n < samples(), exact sizes.
  // `verify` compares with the stored hashes. Any thread, each with its own scratch.
  // Errors: BadInput naming file, sample number and key; throw_errno.
  void read(std::uint64_t n, std::span<std::byte> rgb, std::span<std::byte> depth,
            ReadScratch& scratch, bool verify) const;

  // Says that sample n will be read soon; returns at once. Any thread.
  void will_need(std::uint64_t n) const;

 private:
  SafetensorsFile file_;
  PixelFormat pixels_;
  Codec codec_;
  TensorView rgb_, depth_;
  std::vector<std::int64_t> labels_, key_offsets_, rgb_offsets_, depth_offsets_;
  std::vector<std::uint64_t> hashes_;
  std::string keys_;
};

}  // namespace rod
