// A copy of tensors, one after the other in one tensor.
#pragma once

#include <torch/torch.h>

#include <vector>

namespace rod::trainer {

// A factor on the device reaches all of them in one kernel, where LibTorch's lists of tensors take
// one kernel each.
struct PackedTensors {
  // Requires: at least one; all dense, of one dtype, on one device.
  explicit PackedTensors(const std::vector<torch::Tensor>& tensors);

  torch::Tensor all;                 // [sum of their sizes]
  std::vector<torch::Tensor> views;  // shaped like the tensors, sharing the memory of `all`
};

// Copies each of `from` into the tensor of the same place.
void copy_all(const std::vector<torch::Tensor>& to, const std::vector<torch::Tensor>& from);

}  // namespace rod::trainer
