// Gradient reversal. Source: Ganin and Lempitsky, "Unsupervised domain adaptation by
// backpropagation", ICML 2015, section 3.2.
#pragma once

#include "trainer/methods/method.h"

namespace rod::trainer {

// Returns `x`; in the backward pass its gradient is multiplied by -lambda.
torch::Tensor reverse_gradient(const torch::Tensor& x, double lambda);

}  // namespace rod::trainer
