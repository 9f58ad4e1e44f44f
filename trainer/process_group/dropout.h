// Dropout of which several processes make the same draws as one: each takes its slice of the global
// batch's draws.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "trainer/process_group/process_group.h"

namespace rod::trainer {

// torch::nn::Dropout; on a CPU its draws, too.
class DropoutImpl : public torch::nn::Module {
 public:
  explicit DropoutImpl(double p) : p_(p) {}

  // From now on x is this process's slice of a batch. Requires: slices of equal size, and
  // generators in equal states.
  void join(const std::shared_ptr<ProcessGroup>& group) { slice_ = group->slice(); }

  torch::Tensor forward(const torch::Tensor& x);  // [B,…]

 private:
  const double p_;
  stream::Slice slice_;  // of the batch
};
TORCH_MODULE(Dropout);

}  // namespace rod::trainer
