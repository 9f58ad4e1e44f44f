// Reads and writes tensors in safetensors files.
#pragma once

#include <torch/torch.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shard/safetensors.h"
#include "shard/safetensors_file.h"

namespace rod::trainer {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

// A snapshot of tensors on the CPU, row-major, which can be written while training continues.
class TensorSnapshot {
 public:
  // Copies `tensor` (any device, any strides). A copy from a GPU is only queued; call synchronize()
  // before reading the bytes. Throws Error(kFailed) unless the dtype is F32, F64, F16, BF16, I64,
  // I32, I16, I8, U8 or Bool.
  void add(const std::string& name, const torch::Tensor& tensor);
  // Does the same for each tensor, with `prefix` before every name.
  void add(const std::string& prefix, const NamedTensors& tensors);

  // Removes all tensors but keeps their memory, so that copying the same tensors again is faster.
  void clear() { data_.clear(); }

  // In the order added; valid while this snapshot lives and is not added to.
  std::span<const shard::TensorData> data() const { return data_; }

 private:
  std::vector<torch::Tensor> copies_;  // own the bytes that data_ borrows; some more after clear()
  std::vector<shard::TensorData> data_;
};

// Throws BadInput naming `what` if LibTorch lacks the dtype.
at::ScalarType torch_dtype(shard::Dtype dtype, const std::string& what);

// Returns a tensor of the file, on the CPU. Throws BadInput if it is missing or LibTorch lacks its
// dtype.
torch::Tensor read_tensor(const shard::SafetensorsFile& file, const std::string& name);

}  // namespace rod::trainer
