// Features of all processes as one batch, for losses that compare samples with one another.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "trainer/peers/peers.h"

namespace rod {

class WholeBatchImpl : public torch::nn::Module {
 public:
  // From now on x is this process's slice of a batch. REQUIRES: slices of equal size.
  void join(std::shared_ptr<Peers> peers) { peers_ = std::move(peers); }

  // [B,…] -> [B x processes,…], in the order of ranks; alone, x itself. All processes must compute the same loss of it:
  // the mean of their gradients is then that loss's.
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::shared_ptr<Peers> peers_;  // null: alone
};
TORCH_MODULE(WholeBatch);

}  // namespace rod
