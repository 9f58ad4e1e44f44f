// Batch normalisation over this process's batch, or over the global batch (--sync-bn). Source:
// Ioffe and Szegedy, "Batch normalization" (arXiv 1502.03167).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "trainer/process_group/process_group.h"

namespace rod::trainer {

// During its lifetime, a batch on this thread is `count` concatenated batches of equal size. In
// training, batch normalisation processes each separately, in order.
class ConcatenatedBatches {
 public:
  explicit ConcatenatedBatches(std::int64_t count);
  ~ConcatenatedBatches();
  ConcatenatedBatches(const ConcatenatedBatches&) = delete;
  ConcatenatedBatches& operator=(const ConcatenatedBatches&) = delete;

 private:
  const std::int64_t before_;
};

// Equal to torch::nn::BatchNorm1d and 2d in names, values and arithmetic, except for the buffer
// num_batches_tracked, which count_batches() updates.
class BatchNormImpl : public torch::nn::Module {
 public:
  explicit BatchNormImpl(std::int64_t channels);

  // After this call, means and variances are computed over the global batch. Gradients are those of
  // the global batch divided by the number of processes, because each process averages over its
  // slice. Concatenated batches are not supported then.
  void join(std::shared_ptr<ProcessGroup> group) { group_ = std::move(group); }

  torch::Tensor forward(const torch::Tensor& x);  // [B,C] or [B,C,H,W]

  torch::Tensor weight, bias;  // [C]

 private:
  friend void count_batches(const std::vector<std::shared_ptr<BatchNormImpl>>& norms);
  std::shared_ptr<ProcessGroup> group_;  // null: alone
  torch::Tensor running_mean_, running_var_, num_batches_tracked_;
  std::int64_t uncounted_ = 0;  // batches since num_batches_tracked_ was brought up to date
};
TORCH_MODULE(BatchNorm);

// Updates the buffers num_batches_tracked, on a GPU in one kernel for all of them; one kernel for
// each batch and layer would be a tenth of a step's kernels. Requires: all are on one device.
void count_batches(const std::vector<std::shared_ptr<BatchNormImpl>>& norms);

}  // namespace rod::trainer
