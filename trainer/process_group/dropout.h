// Dropout whose random numbers do not depend on the number of processes: each process uses its
// slice of the draws for the global batch.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "trainer/process_group/process_group.h"

namespace rod::trainer {

// Equal to torch::nn::Dropout; on a CPU also in its random numbers.
class DropoutImpl : public torch::nn::Module {
 public:
  explicit DropoutImpl(double p) : p_(p) {}

  // After this call, x is this process's slice of a batch. Requires: slices of equal size, and
  // generators in equal states.
  void join(const std::shared_ptr<ProcessGroup>& group) { slice_ = group->slice(); }

  torch::Tensor forward(const torch::Tensor& x);  // [B,…]

 private:
  const double p_;
  stream::Slice slice_;  // of the batch
};
TORCH_MODULE(Dropout);

}  // namespace rod::trainer
