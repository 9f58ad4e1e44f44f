// Reads the samples of one shard by number.
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

// Memory that a reading thread reuses between samples.
struct ReadScratch {
  ImageDecoders decoders;
  std::vector<std::byte> stored;
};

class ShardReader {
 public:
  // Reads the small tensors (labels, keys, offsets, hashes) and checks all requirements of
  // FORMAT.md for readers.
  // Throws BadInput naming the file and the violated rule.
  ShardReader(const std::filesystem::path& path, const PixelFormat& pixels, Codec codec);
  ShardReader(std::shared_ptr<const io::RandomAccessFile> source, const PixelFormat& pixels,
              Codec codec);

  std::uint64_t samples() const { return labels_.size(); }
  const std::string& path() const { return file_.path(); }
  std::string file_name() const;  // from the header: "SPLIT/00012.safetensors"
  std::uint64_t bytes() const { return file_.bytes(); }
  std::uint64_t held_bytes() const;  // of memory: labels, keys, hashes, offsets
  const Metadata& metadata() const { return file_.metadata(); }
  std::int64_t label(std::uint64_t n) const { return labels_[n]; }
  std::string_view key(std::uint64_t n) const;
  std::uint64_t rgb_hash(std::uint64_t n) const { return hashes_[2 * n]; }
  std::uint64_t depth_hash(std::uint64_t n) const { return hashes_[2 * n + 1]; }

  PairSize size(std::uint64_t n) const { return sizes_.empty() ? pixels_.size() : sizes_[n]; }

  // Decodes sample n: `rgb` [H,W,3] U8, `depth` as the PixelFormat says, or empty without depth.
  // Requires: n < samples(); the spans have exactly size(n).
  // `verify`: compare with the stored hashes. Thread-safe if each thread has its own `scratch`.
  // Throws BadInput naming file, sample number and key; SystemError.
  void read(std::uint64_t n, std::span<std::byte> rgb, std::span<std::byte> depth,
            ReadScratch& scratch, bool verify) const;

  // A hint that sample n will be read soon. Returns at once. Thread-safe.
  void will_need(std::uint64_t n) const;

  void check_whole() const { file_.check_whole(); }  // SafetensorsFile's

  // Reads the stored bytes of sample n into `scratch` without decoding them. Returns their number.
  // For benchmarks.
  std::size_t read_stored(std::uint64_t n, ReadScratch& scratch) const;

 private:
  // Calls visit(tensor, offset in it, bytes) for each of sample n's images.
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
