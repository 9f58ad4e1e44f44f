// One pair of image files to one stored record, or the reason why not.
#pragma once

#include <cstddef>
#include <span>
#include <variant>

#include "dataset/layout.h"
#include "prepare/channel_sums.h"
#include "prepare/pair_reader.h"
#include "prepare/refusal.h"
#include "shard/pixels.h"
#include "shard/shard_writer.h"

namespace rod {

struct EncodedPair {
  EncodedRecord record;
  ChannelSums rgb, depth;
};

// Decodes, resizes and encodes. One per thread: it owns the codec.
class PairEncoder {
 public:
  PairEncoder(const Tree& tree, const PixelFormat& pixels, Codec codec);

  // Both images or neither. A file that is absent, damaged or of the wrong kind is a Refusal.
  std::variant<EncodedPair, Refusal> encode(const Split& split, const Sample& sample,
                                            const PairFiles& files);

 private:
  std::variant<Image, Refusal> load(const Split& split, const Sample& sample,
                                    std::span<const std::byte> file, bool depth);

  const Tree& tree_;
  PixelFormat pixels_;
  RecordEncoder encoder_;
};

}  // namespace rod
