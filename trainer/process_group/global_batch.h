// Gathers the features of all processes into one batch, for losses that compare samples with each
// other.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "trainer/process_group/process_group.h"

namespace rod::trainer {

class GlobalBatchImpl : public torch::nn::Module {
 public:
  // After this call, x is this process's slice of a batch. Requires: slices of equal size.
  void join(std::shared_ptr<ProcessGroup> group) { group_ = std::move(group); }

  // [B,…] -> [B x processes,…], in the order of ranks; in a group of one, x itself. Requires: all
  // processes compute the same loss from the result; the mean of their gradients is then the
  // gradient of that loss.
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::shared_ptr<ProcessGroup> group_;  // null: alone
};
TORCH_MODULE(GlobalBatch);

}  // namespace rod::trainer
