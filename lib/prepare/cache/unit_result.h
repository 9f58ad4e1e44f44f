// The result of one unit of a cache plan.
#pragma once

#include <cstdint>
#include <vector>

#include "prepare/cache/channel_sums.h"
#include "prepare/cache/reject.h"
#include "shard/manifest.h"

namespace rod::prepare {

struct UnitResult {
  shard::ShardInfo shard;  // without samples, every pair was rejected and there is no file
  ChannelSums rgb, depth;
  std::vector<Reject> rejects;  // ascending by line
  // Of count_samples():
  std::vector<std::uint64_t> class_counts;  // [classes]
  // of the list, after those of the previous unit; ascending
  std::vector<std::uint64_t> lines_left_out;
};

}  // namespace rod::prepare
