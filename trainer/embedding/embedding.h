// Projections and distances of features: PCA, t-SNE and the proxy A-distance of two domains.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace rod::trainer {

// Principal component analysis: the directions in which points spread most. Returns the points'
// coordinates along the `count` directions of largest variance, largest first:
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

// t-SNE arranges points in the plane so that near neighbours stay near. Source: van der Maaten and
// Hinton, "Visualizing data using t-SNE" (JMLR 9, 2008): the exact method, with its perplexity,
// momentum and early exaggeration. The start and the learning rate are those of Belkina et al.,
// "Automated optimized parameters for t-distributed stochastic neighbor embedding" (Nature
// Communications 10, 2019) and Kobak and Berens, "The art of using t-SNE for single-cell
// transcriptomics" (the same volume).
inline constexpr std::int64_t kMostTsnePoints = 2000;  // time and memory grow with the square

struct TsneOptions {
  double perplexity = 30;  // about how many neighbours a point has; at most (N - 1) / 3
  int iterations = 500;
};

// Returns the joint probabilities of neighbours, [N,N] f64: symmetric, zero on the diagonal, with
// the sum 1. Each point's conditional probabilities have the entropy log(perplexity), if its
// distances are not all equal. `points`: [N,F] f64, on the CPU. Requires: N > 3.
torch::Tensor neighbour_probabilities(const torch::Tensor& points, double perplexity);

// Returns positions [N,2] f64 for the points. It starts from their first two principal components
// and draws no random numbers, so the same points have the same positions. `points`: [N,F] f64, on
// the CPU; their first 50 principal components are compared, as in the paper. Requires: 3 < N <=
// kMostTsnePoints.
torch::Tensor tsne(const torch::Tensor& points, const TsneOptions& options = {});

// The proxy A-distance: how well a linear classifier distinguishes two domains' features. Source:
// Ben-David et al., "Analysis of representations for domain adaptation" (NIPS 2006), section 5: 2
// (1 - 2 err), of a classifier's error on samples that it has not seen.
//
// Returns the distance: 2 if the classifier separates the domains without error, 0 if the error is
// one half or more. The classifier is a logistic regression on standardised features with a squared
// penalty (scikit-learn's defaults); it learns from every other sample of each domain and is judged
// on the rest. The larger domain is reduced to the size of the smaller one, by evenly spaced
// samples. `source`, `target`: [N,F] f64 on the CPU. Requires: N > 3 for both, the same F, finite
// values.
double proxy_a_distance(const torch::Tensor& source, const torch::Tensor& target);

// Returns the weights of that logistic regression, the last of them the constant: [F+1] f64, which
// minimise |w|^2 / 2 + sum log(1 + exp(-y (w x + b))). `rows`: [N,F] f64; `signs`: [N] f64, y of
// each row, 1 or -1.
torch::Tensor logistic_regression(const torch::Tensor& rows, const torch::Tensor& signs);

}  // namespace rod::trainer
