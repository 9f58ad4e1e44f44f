// t-SNE: places points in the plane so that near neighbours stay near.
// Source: van der Maaten and Hinton, "Visualizing data using t-SNE" (JMLR 9, 2008): the exact
// method, with its perplexity, momentum and early exaggeration. The start and the learning rate are
// those of Belkina et al., "Automated optimized parameters for t-distributed stochastic neighbor
// embedding" (Nature Communications 10, 2019) and Kobak and Berens, "The art of using t-SNE for
// single-cell transcriptomics" (the same volume).
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace rod::trainer {

inline constexpr std::int64_t kMostTsnePoints = 2000;  // time and memory grow with the square

struct TsneOptions {
  double perplexity = 30;  // about how many neighbours a point has; at most (N - 1) / 3
  int iterations = 500;
};

// Returns the joint probabilities of neighbours, [N,N] f64: symmetric, zero on the diagonal, with
// the sum 1. Each point's conditional probabilities have the entropy log(perplexity), if its
// distances are not all equal. `points`: [N,F] f64, on the CPU. Requires: N > 3.
torch::Tensor neighbour_probabilities(const torch::Tensor& points, double perplexity);

// Returns places [N,2] f64 for the points. It begins with their first two principal components and
// draws nothing at random: the same points have the same places. `points`: [N,F] f64, on the CPU;
// their first 50 principal components are compared, as in the paper. Requires: 3 < N <=
// kMostTsnePoints.
torch::Tensor tsne(const torch::Tensor& points, const TsneOptions& options = {});

}  // namespace rod::trainer
