// When each shard of a split is needed next.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "stream/order.h"

namespace rod::stream {

inline constexpr std::uint64_t kNotNeeded = std::numeric_limits<std::uint64_t>::max();

// For each shard the number of batches until one has samples of what it is mixed with; 0: the
// batch-th, which is next. `first` [shards + 1]: the split's sample that each shard begins with.
// kNotNeeded: not in this epoch or the next.
std::vector<std::uint64_t> shard_needs(const StreamOrder& order,
                                       const std::vector<std::uint64_t>& first,
                                       std::uint64_t batch);

}  // namespace rod::stream
