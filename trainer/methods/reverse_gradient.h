// Gradient reversal. Source: Ganin and Lempitsky, "Unsupervised domain adaptation by
// backpropagation", ICML 2015, section 3.2.
#pragma once

#include "trainer/methods/method.h"

namespace rod::trainer {

// `x` unchanged; its gradient comes back multiplied by -lambda.
torch::Tensor reverse_gradient(const torch::Tensor& x, double lambda);

}  // namespace rod::trainer
