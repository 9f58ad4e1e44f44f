// What has become of one unit of a cache plan.
#pragma once

#include <vector>

#include "prepare/cache/channel_sums.h"
#include "prepare/cache/reject.h"
#include "shard/manifest.h"

namespace rod::prepare {

struct UnitResult {
  shard::ShardInfo shard;  // no samples: every one was refused, and there is no file
  ChannelSums rgb, depth;
  std::vector<Reject> rejects;  // ascending by line
};

}  // namespace rod::prepare
