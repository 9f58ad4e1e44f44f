// The proxy A-distance: how well a linear classifier tells two domains' features apart.
// Source: Ben-David et al., "Analysis of representations for domain adaptation" (NIPS 2006),
// section 5: 2 (1 - 2 err), of a classifier's error on samples that it has not seen.
#pragma once

#include <torch/torch.h>

namespace rod::trainer {

// Returns the distance: 2 where the domains are told apart without error, 0 where the error is one
// half or more. The classifier is a logistic regression on standardised features with a squared
// penalty (scikit-learn's defaults); it learns from every other sample of each domain and is judged
// on the rest. As many samples of each domain count as the smaller one has, evenly spaced.
// `source`, `target`: [N,F] f64 on the CPU. Requires: N > 3 for both, the same F, finite values.
double proxy_a_distance(const torch::Tensor& source, const torch::Tensor& target);

// Returns the weights of that logistic regression, the last of them the constant: [F+1] f64, which
// minimise |w|^2 / 2 + sum log(1 + exp(-y (w x + b))). `rows`: [N,F] f64; `signs`: [N] f64, y of
// each row, 1 or -1.
torch::Tensor logistic_regression(const torch::Tensor& rows, const torch::Tensor& signs);

}  // namespace rod::trainer
