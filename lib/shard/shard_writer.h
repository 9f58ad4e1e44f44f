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

// One encoded sample. RecordEncoder makes it on any thread; samples are added in order.
struct EncodedRecord {
  std::string key;
  std::int64_t label = 0;
  PairSize size;
  std::uint64_t rgb_hash = 0, depth_hash = 0;  // XXH3-64 of the decoded pixels
  std::vector<std::byte> rgb, depth;           // stored bytes
};

// Encodes pixels with `codec`. `rgb` is U8 [H,W,3]; `depth` is as `pixels.depth` says, or empty
// without depth. Use one per thread.
class RecordEncoder {
 public:
  // Throws BadInput if the codec can't store 16-bit depth and the format has it.
  RecordEncoder(const PixelFormat& pixels, Codec codec, const EncoderOptions& options = {});
  ~RecordEncoder();
  RecordEncoder(RecordEncoder&&) noexcept;

  // Requires: the spans have `size`, which is the format's size unless the format is ragged.
  EncodedRecord encode(std::string key, std::int64_t label, std::span<const std::byte> rgb,
                       std::span<const std::byte> depth, const PairSize& size);
  EncodedRecord encode(std::string key, std::int64_t label, std::span<const std::byte> rgb,
                       std::span<const std::byte> depth);

  // The pixels that readers will decode from the last sample, if the codec is lossy.
  const std::vector<std::byte>& decoded_rgb() const;
  const std::vector<std::byte>& decoded_depth() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class ShardWriter {
 public:
  // `metadata` (UTF-8) is added to the header. Keys that FORMAT.md reserves take precedence.
  ShardWriter(const PixelFormat& pixels, Codec codec, Metadata metadata);

  // Adds metadata that is known only when the shard is complete. Existing keys take precedence.
  void add_metadata(const Metadata& metadata) {
    metadata_.insert(metadata.begin(), metadata.end());
  }

  // Reserves memory for this many samples if their size is known (codec raw), to avoid copies while
  // growing.
  void reserve(std::uint64_t samples);

  void add(const EncodedRecord& record);
  std::uint64_t samples() const { return labels_.size(); }

  // Writes FOLDER/`file` atomically and returns its description. The bytes depend only on the added
  // samples and on `file`, a shard_file_name() whose split and number go into the header. Requires:
  // samples() > 0.
  // Throws BadInput for another form of name; SystemError.
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
