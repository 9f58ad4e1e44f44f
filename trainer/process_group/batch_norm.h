// Batch normalisation over this process's batch, or over the global batch (--sync-bn). Source:
// Ioffe and Szegedy, "Batch normalization" (arXiv 1502.03167).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "trainer/process_group/process_group.h"

namespace rod::trainer {

// Equal to torch::nn::BatchNorm1d and 2d in names, values and arithmetic.
class BatchNormImpl : public torch::nn::Module {
 public:
  explicit BatchNormImpl(std::int64_t channels);

  // After this call, means and variances are computed over the global batch. Gradients are those of
  // the global batch divided by the number of processes, because each process averages over its
  // slice.
  void join(std::shared_ptr<ProcessGroup> group) { group_ = std::move(group); }

  torch::Tensor forward(const torch::Tensor& x);  // [B,C] or [B,C,H,W]

  torch::Tensor weight, bias;  // [C]

 private:
  std::shared_ptr<ProcessGroup> group_;  // null: alone
  torch::Tensor running_mean_, running_var_, num_batches_tracked_;
};
TORCH_MODULE(BatchNorm);

}  // namespace rod::trainer
