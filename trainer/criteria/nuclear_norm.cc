// Batch nuclear norm: the sum of the singular values of the predictions, per sample. It is large
// where predictions are sure and diverse.
// Source: Cui et al., "Towards discriminability and diversity: batch nuclear-norm maximization
// under label insufficient situations" (CVPR 2020), section 3.3. The batch is the whole split.
#include "trainer/criteria/criterion.h"

namespace rod::trainer {
namespace {

double nuclear_norm(const torch::Tensor& logits) {
  const torch::Tensor p = logits.softmax(1);
  // The squares of the singular values of [N,C] are the eigenvalues of [C,C], which is small.
  const torch::Tensor squares = at::linalg_eigvalsh(p.t().matmul(p)).clamp_min(0);
  return squares.sqrt().sum().item<double>() / double(p.size(0));
}

}  // namespace

extern const Criterion kNuclearNorm = {
    "bnm", "batch nuclear norm: many independent and sure predictions", nuclear_norm};

}  // namespace rod::trainer
