// One pair of image files to one stored record, or the reason why not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "dataset/layout.h"
#include "prepare/channel_sums.h"
#include "prepare/refusal.h"
#include "shard/pixels.h"
#include "shard/shard_writer.h"

namespace rod {

struct EncodedPair {
  EncodedRecord record;
  ChannelSums rgb, depth;
};

// Reads, decodes, resizes and encodes. One per thread: it owns the codec and the file's memory.
class PairEncoder {
 public:
  PairEncoder(const Tree& tree, const PixelFormat& pixels, Codec codec);

  // Both images or neither. A file that is absent, damaged or of the wrong kind is a Refusal.
  // Errors: those of Tree::read.
  std::variant<EncodedPair, Refusal> encode(const Split& split, const Sample& sample);

  std::uint64_t bytes_read() const { return bytes_read_; }  // of files, by the last encode()

 private:
  std::variant<Image, Refusal> load(const Split& split, const Sample& sample, bool depth);

  const Tree& tree_;
  PixelFormat pixels_;
  RecordEncoder encoder_;
  std::vector<std::byte> file_;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace rod
