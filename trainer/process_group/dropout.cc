#include "trainer/process_group/dropout.h"

#include <vector>

namespace rod::trainer {

torch::Tensor DropoutImpl::forward(const torch::Tensor& x) {
  if (!is_training() || p_ == 0 || p_ == 1) return torch::dropout(x, p_, is_training());
  std::vector<std::int64_t> whole = x.sizes().vec();
  whole[0] *= slice_.count;
  // Not torch::dropout, whose draws on a GPU depend on how much of the batch it sees.
  const torch::Tensor kept = torch::empty(whole, x.options()).bernoulli_(1 - p_).div_(1 - p_);
  return x * kept.narrow(0, x.size(0) * slice_.index, x.size(0));
}

}  // namespace rod::trainer
