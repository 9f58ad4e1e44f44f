// Principal component analysis: the directions in which points spread most.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace rod::trainer {

// Returns the points' coordinates along the `count` directions of largest variance, largest first:
// [N, min(count, F)] f64. The sign of a direction is such that its largest coefficient is positive.
// `points`: [N,F] f64, on the CPU. Requires: N > 0, F > 0, all values are finite.
torch::Tensor principal_components(const torch::Tensor& points, std::int64_t count);

}  // namespace rod::trainer
