// Converts a pair of image files to a stored record, or returns the reason why not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "dataset/layout.h"
#include "prepare/cache/channel_sums.h"
#include "prepare/cache/pair_reader.h"
#include "prepare/cache/plan.h"
#include "prepare/cache/reject.h"
#include "shard/shard_writer.h"

namespace rod::prepare {

struct EncodedPair {
  shard::EncodedRecord record;
  ChannelSums rgb, depth;
  bool has_orientation = false;  // an EXIF orientation other than 1, in either file
};

// Decodes, resizes and encodes. Use one per thread, because it owns the codec's memory.
class PairEncoder {
 public:
  // `plan` outlives the encoder.
  PairEncoder(const dataset::Tree& tree, const CachePlan& plan);

  // Returns both images or a Reject, if a file is absent, damaged or of the wrong kind.
  std::variant<EncodedPair, Reject> encode(const dataset::Split& split,
                                           const dataset::Sample& sample, const PairFiles& files);

 private:
  std::variant<image::Image, Reject> load(const dataset::Split& split,
                                          const dataset::Sample& sample,
                                          std::span<const std::byte> file, bool depth,
                                          unsigned orientation);
  std::optional<std::string> convert(image::Image& depth, std::string_view path);

  const dataset::Tree& tree_;
  const CachePlan& plan_;
  shard::RecordEncoder encoder_;
};

}  // namespace rod::prepare
