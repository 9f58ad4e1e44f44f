// Tensors to and from the safetensors container.
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

// Copies of tensors as they are at this moment, on the CPU and row-major, ready to be written while
// training goes on.
class TensorSnapshot {
 public:
  // Copies `tensor` (any device, any strides). A copy from a GPU is only queued: synchronize()
  // before the bytes are read. Dtype: F32, F64, F16, BF16, I64, I32, I16, I8, U8 or Bool. Errors:
  // kFailed for other dtypes.
  void add(const std::string& name, const torch::Tensor& tensor);
  // The same for each, with `prefix` before every name.
  void add(const std::string& prefix, const NamedTensors& tensors);

  // Forgets what was added and keeps its memory: the same tensors are copied faster the next time.
  void clear() { data_.clear(); }

  // In the order added; valid while this snapshot lives and is not added to.
  std::span<const shard::TensorData> data() const { return data_; }

 private:
  std::vector<torch::Tensor> copies_;  // own the bytes that data_ borrows; some more after clear()
  std::vector<shard::TensorData> data_;
};

// Errors: BadInput naming `what` for a dtype that LibTorch lacks.
at::ScalarType torch_dtype(shard::Dtype dtype, const std::string& what);

// A tensor of the file, on the CPU. Errors: BadInput when it is absent or of a dtype that LibTorch
// lacks.
torch::Tensor read_tensor(const shard::SafetensorsFile& file, const std::string& name);

}  // namespace rod::trainer
