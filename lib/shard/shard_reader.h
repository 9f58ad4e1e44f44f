// One shard, opened and checked; its samples by number.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shard/codec.h"
#include "shard/pixels.h"
#include "shard/safetensors_file.h"

namespace rod::shard {

// Memory that one reading thread re-uses from sample to sample.
struct ReadScratch {
  ImageDecoders decoders;
  std::vector<std::byte> stored;
};

class ShardReader {
 public:
  // Reads the small tensors (labels, keys, offsets, hashes) and checks all of FORMAT.md's "readers
  // must".
  // Errors: BadInput naming the file and the rule.
  ShardReader(const std::filesystem::path& path, const PixelFormat& pixels, Codec codec);
  ShardReader(std::shared_ptr<const io::RandomAccessFile> source, const PixelFormat& pixels,
              Codec codec);

  std::uint64_t samples() const { return labels_.size(); }
  const std::string& path() const { return file_.path(); }
  std::string file_name() const;  // by the header: "SPLIT/00012.safetensors"
  std::uint64_t bytes() const { return file_.bytes(); }
  const Metadata& metadata() const { return file_.metadata(); }
  std::int64_t label(std::uint64_t n) const { return labels_[n]; }
  std::string_view key(std::uint64_t n) const;
  std::uint64_t rgb_hash(std::uint64_t n) const { return hashes_[2 * n]; }
  std::uint64_t depth_hash(std::uint64_t n) const { return hashes_[2 * n + 1]; }

  PairSize size(std::uint64_t n) const { return sizes_.empty() ? pixels_.size() : sizes_[n]; }

  // Decodes sample n: `rgb` [H,W,3] U8, `depth` as the PixelFormat says, empty for none. REQUIRES:
  // n < samples(), spans of exactly size(n).
  // `verify` compares with the stored hashes. Any thread, each with its own scratch.
  // Errors: BadInput naming file, sample number and key; throw_errno.
  void read(std::uint64_t n, std::span<std::byte> rgb, std::span<std::byte> depth,
            ReadScratch& scratch, bool verify) const;

  // Says that sample n will be read soon; returns at once. Any thread.
  void will_need(std::uint64_t n) const;

  void check_whole() const { file_.check_whole(); }  // SafetensorsFile's

  // The bytes that sample n takes in the file, without decoding them, into `scratch`; their number.
  // For measurements.
  std::size_t read_stored(std::uint64_t n, ReadScratch& scratch) const;

 private:
  // Where the file holds sample n's images: visit(tensor, offset in it, bytes).
  void for_each_stored(
      std::uint64_t n,
      const std::function<void(const TensorView&, std::uint64_t, std::uint64_t)>& visit) const;
  void take_sizes(const std::vector<std::int64_t>& sides);
  void check_image_offsets(const char* name, const std::vector<std::int64_t>& offsets,
                           std::uint64_t end, bool depth) const;

  SafetensorsFile file_;
  PixelFormat pixels_;
  Codec codec_;
  TensorView rgb_, depth_;
  std::vector<std::int64_t> labels_, key_offsets_, rgb_offsets_, depth_offsets_;
  std::vector<std::uint64_t> hashes_;
  std::vector<PairSize> sizes_;  // of a ragged format
  std::string keys_;
};

}  // namespace rod::shard
