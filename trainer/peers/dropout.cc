#include "trainer/peers/dropout.h"

#include <vector>

namespace rod {

torch::Tensor DropoutImpl::forward(const torch::Tensor& x) {
  if (!is_training() || p_ == 0 || p_ == 1 || !peers_ || peers_->alone())
    return torch::dropout(x, p_, is_training());
  std::vector<std::int64_t> whole = x.sizes().vec();
  whole[0] *= peers_->count();
  const torch::Tensor kept = torch::empty(whole, x.options()).bernoulli_(1 - p_).div_(1 - p_);
  return x * kept.narrow(0, x.size(0) * peers_->rank(), x.size(0));
}

}  // namespace rod
