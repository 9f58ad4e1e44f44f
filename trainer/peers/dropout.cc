#include "trainer/peers/dropout.h"

#include <vector>

namespace rod {

torch::Tensor DropoutImpl::forward(const torch::Tensor& x) {
  if (!is_training() || p_ == 0 || p_ == 1) return torch::dropout(x, p_, is_training());
  const std::int64_t size = x.size(0);
  std::vector<std::int64_t> whole = x.sizes().vec();
  if (peers_) whole[0] *= peers_->count();
  // Not torch::dropout, whose draws on a GPU depend on how much of the batch it sees.
  const torch::Tensor kept = torch::empty(whole, x.options()).bernoulli_(1 - p_).div_(1 - p_);
  return x * (peers_ ? kept.narrow(0, size * peers_->rank(), size) : kept);
}

}  // namespace rod
