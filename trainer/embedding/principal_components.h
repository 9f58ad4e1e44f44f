// Principal component analysis: the directions in which points spread most.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace rod::trainer {

// Returns the points' coordinates along the `count` directions of largest variance, largest first:
// [N, min(count, F)] f64. The sign of a direction is such that its largest coefficient is positive.
// `points`: [N,F] f64, on the CPU. Requires: N > 0, F > 0, all values are finite.
torch::Tensor principal_components(const torch::Tensor& points, std::int64_t count);

struct Span {
  torch::Tensor axes;    // [F,K] f64, orthonormal columns; undefined if the rows are as they were
  torch::Tensor places;  // [N,K] f64: the rows' coordinates along the axes
};

// Returns the rows' coordinates in the space that they span, K = min(N, F): the same inner products
// and distances in fewer dimensions, as the time of what follows grows with their third power.
// `rows`: [N,F] f64, on the CPU.
Span in_own_span(const torch::Tensor& rows);

}  // namespace rod::trainer
