// What has become of one unit of a cache plan.
#pragma once

#include <cstdint>
#include <vector>

#include "prepare/cache/channel_sums.h"
#include "prepare/cache/reject.h"
#include "shard/manifest.h"

namespace rod::prepare {

struct UnitResult {
  shard::ShardInfo shard;  // no samples: every one was refused, and there is no file
  ChannelSums rgb, depth;
  std::vector<Reject> rejects;  // ascending by line
  // Of count_samples():
  std::vector<std::uint64_t> class_counts;    // [classes]
  std::vector<std::uint64_t> lines_left_out;  // of the list, behind the last unit's; ascending
};

}  // namespace rod::prepare
