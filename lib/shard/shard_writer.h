// Collects the samples of one shard in memory and publishes it as one file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shard/codec.h"
#include "shard/manifest.h"
#include "shard/pixels.h"
#include "shard/safetensors.h"

namespace rod::shard {

// One sample as it is stored. Made by RecordEncoder on any thread, added in order.
struct EncodedRecord {
  std::string key;
  std::int64_t label = 0;
  PairSize size;
  std::uint64_t rgb_hash = 0, depth_hash = 0;  // XXH3-64 of the decoded pixels
  std::vector<std::byte> rgb, depth;           // stored bytes
};

// Encodes pixels by `codec`. `rgb` U8 [H,W,3]; `depth` as `pixels.depth` says, empty for none. One
// per thread.
class RecordEncoder {
 public:
  // Throws BadInput for 16-bit depth in a codec that can't hold it.
  RecordEncoder(const PixelFormat& pixels, Codec codec, const EncoderOptions& options = {});
  ~RecordEncoder();
  RecordEncoder(RecordEncoder&&) noexcept;

  // REQUIRES: the spans are of `size`, which is the format's own unless that is ragged.
  EncodedRecord encode(std::string key, std::int64_t label, std::span<const std::byte> rgb,
                       std::span<const std::byte> depth, const PairSize& size);
  EncodedRecord encode(std::string key, std::int64_t label, std::span<const std::byte> rgb,
                       std::span<const std::byte> depth);

  // What readers will get of the last sample where the codec is lossy.
  const std::vector<std::byte>& decoded_rgb() const;
  const std::vector<std::byte>& decoded_depth() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class ShardWriter {
 public:
  // `metadata` (UTF-8) goes into the header beside the keys that FORMAT.md reserves, which win.
  ShardWriter(const PixelFormat& pixels, Codec codec, Metadata metadata);

  // What is known only when the shard is full. Keys that are there already win.
  void add_metadata(const Metadata& metadata) {
    metadata_.insert(metadata.begin(), metadata.end());
  }

  // Room for so many samples at once, where their size is known (codec raw): growing would copy
  // what is there.
  void reserve(std::uint64_t samples);

  void add(const EncodedRecord& record);
  std::uint64_t samples() const { return labels_.size(); }

  // Writes FOLDER/`file` atomically and describes it. The bytes depend only on what was added and
  // on `file`, a shard_file_name(), whose split and number go into the header. REQUIRES: samples()
  // > 0.
  // Errors: BadInput for another name; throw_errno.
  ShardInfo publish(const std::filesystem::path& folder, const std::string& file) const;

 private:
  PixelFormat pixels_;
  Codec codec_;
  Metadata metadata_;
  std::vector<std::int64_t> labels_;
  std::vector<std::byte> keys_, rgb_, depth_;
  std::vector<std::int64_t> key_offsets_{0}, rgb_offsets_{0}, depth_offsets_{0};
  std::vector<std::uint64_t> hashes_;  // [N,2]
  std::vector<std::int64_t> sizes_;    // [N,4], of a ragged format
};

}  // namespace rod::shard
