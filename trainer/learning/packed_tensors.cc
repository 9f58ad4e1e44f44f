#include "trainer/learning/packed_tensors.h"

#include <torch/version.h>

namespace rod::trainer {
namespace {

// All elements of a tensor in the order of its memory, [numel], sharing it.
// Requires: dense, as gradients and momenta are.
torch::Tensor flat(const torch::Tensor& tensor) {
  return tensor.as_strided({tensor.numel()}, {1}, tensor.storage_offset());
}

}  // namespace

PackedTensors::PackedTensors(const std::vector<torch::Tensor>& tensors) {
  std::vector<torch::Tensor> parts;
  std::vector<std::int64_t> sizes;
  for (const torch::Tensor& tensor : tensors) {
    parts.push_back(flat(tensor));
    sizes.push_back(tensor.numel());
  }
  all = torch::cat(parts);
  views = all.split_with_sizes(sizes);
  for (std::size_t i = 0; i < views.size(); ++i) {
    views[i] = all.as_strided(tensors[i].sizes(), tensors[i].strides(), views[i].storage_offset());
  }
}

void copy_all(const std::vector<torch::Tensor>& to, const std::vector<torch::Tensor>& from) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
  at::_foreach_copy_(to, from);
#else
  for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
#endif
}

}  // namespace rod::trainer
