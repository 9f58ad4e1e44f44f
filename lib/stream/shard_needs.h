// How soon each shard of a split is needed.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "stream/order.h"

namespace rod::stream {

inline constexpr std::uint64_t kNotNeeded = std::numeric_limits<std::uint64_t>::max();

// Returns for each shard the number of batches from `batch` until a batch needs the shard's shuffle
// window; 0 for the batch itself, kNotNeeded if it is not in this epoch or the next. `first`
// [shards + 1]: the number in the split of each shard's first sample.
std::vector<std::uint64_t> shard_needs(const StreamOrder& order,
                                       const std::vector<std::uint64_t>& first,
                                       std::uint64_t batch);

}  // namespace rod::stream
