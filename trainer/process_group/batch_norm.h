// Batch normalisation over the batch of this process, or over the whole batch of all (--sync-bn).
// Source: Ioffe and Szegedy, "Batch normalization" (arXiv 1502.03167).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "trainer/process_group/process_group.h"

namespace rod::trainer {

// Names, values and arithmetic of torch::nn::BatchNorm1d and 2d.
class BatchNormImpl : public torch::nn::Module {
 public:
  explicit BatchNormImpl(std::int64_t channels);

  // From now on means and variances are those over the batches of all processes, and gradients are
  // those of the global batch divided by the number of processes, as each computes the mean over
  // its slice.
  void join(std::shared_ptr<ProcessGroup> group) { group_ = std::move(group); }

  torch::Tensor forward(const torch::Tensor& x);  // [B,C] or [B,C,H,W]

  torch::Tensor weight, bias;  // [C]

 private:
  std::shared_ptr<ProcessGroup> group_;  // null: alone
  torch::Tensor running_mean_, running_var_, num_batches_tracked_;
};
TORCH_MODULE(BatchNorm);

}  // namespace rod::trainer
