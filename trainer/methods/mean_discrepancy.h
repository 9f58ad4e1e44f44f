// Maximum mean discrepancy with several kernels (MK-MMD).
// Source: Long et al., "Learning transferable features with deep adaptation networks", ICML 2015,
// section 3; Gretton et al., "A kernel two-sample test", JMLR 13 (2012), lemma 6.
#pragma once

#include <torch/torch.h>

namespace rod::trainer {

// Returns an unbiased estimate of the squared discrepancy between the distributions from which the
// rows of `a` and `b` were drawn; may be negative. The kernel is the mean of five Gaussians whose
// bandwidths are 1/4, 1/2, 1, 2 and 4 times the mean squared distance of two rows; no gradient
// flows through that. [n,D], [n,D] -> [] f32. Requires: n > 1.
torch::Tensor mean_discrepancy(const torch::Tensor& a, const torch::Tensor& b);

}  // namespace rod::trainer
