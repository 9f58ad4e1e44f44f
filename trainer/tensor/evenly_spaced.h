// Some rows of many, evenly spaced.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cstdint>

namespace rod::trainer {

// Returns the numbers of at most `most` of `count` rows, evenly spaced, ascending: [K] i64.
inline torch::Tensor evenly_spaced(std::int64_t count, std::int64_t most) {
  const std::int64_t taken = std::min(count, most);
  return (torch::arange(taken, torch::kLong) * count)
      .floor_divide(std::max<std::int64_t>(taken, 1));
}

// Returns at most `most` of the rows of a tensor on the CPU.
inline torch::Tensor evenly_spaced(const torch::Tensor& rows, std::int64_t most) {
  return rows.index_select(0, evenly_spaced(rows.size(0), most));
}

}  // namespace rod::trainer
