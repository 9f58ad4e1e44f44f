#include "trainer/tensor/tensor_io.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rod::trainer {
namespace {

struct DtypePair {
  at::ScalarType torch;
  shard::Dtype file;
};

constexpr DtypePair kDtypes[] = {
    {at::kFloat, shard::Dtype::kF32},     {at::kDouble, shard::Dtype::kF64},
    {at::kHalf, shard::Dtype::kF16},      {at::kLong, shard::Dtype::kI64},
    {at::kBFloat16, shard::Dtype::kBF16}, {at::kInt, shard::Dtype::kI32},
    {at::kShort, shard::Dtype::kI16},     {at::kChar, shard::Dtype::kI8},
    {at::kByte, shard::Dtype::kU8},       {at::kBool, shard::Dtype::kBool},
};

shard::Dtype file_dtype(const std::string& name, at::ScalarType dtype) {
  for (const DtypePair& pair : kDtypes) {
    if (pair.torch == dtype) return pair.file;
  }
  throw Error(ErrorKind::kFailed,
              fmt::format("tensor {}: safetensors files can't contain {} values", name,
                          at::toString(dtype)));
}

}  // namespace

void TensorSnapshot::add(const std::string& name, const torch::Tensor& tensor) {
  if (copies_.size() == data_.size()) copies_.emplace_back();
  torch::Tensor& copy = copies_[data_.size()];
  if (!copy.defined() || copy.sizes() != tensor.sizes() ||
      copy.scalar_type() != tensor.scalar_type()) {
    copy = torch::empty(tensor.sizes(),
                        torch::TensorOptions(tensor.scalar_type()).pinned_memory(tensor.is_cuda()));
  }
  copy.copy_(tensor.detach(), /*non_blocking=*/true);
  data_.push_back({name,
                   file_dtype(name, copy.scalar_type()),
                   {copy.sizes().begin(), copy.sizes().end()},
                   std::span(static_cast<const std::byte*>(copy.data_ptr()), copy.nbytes())});
}

void TensorSnapshot::add(const std::string& prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) add(prefix + name, tensor);
}

at::ScalarType torch_dtype(shard::Dtype dtype, const std::string& what) {
  for (const DtypePair& pair : kDtypes) {
    if (pair.file == dtype) return pair.torch;
  }
  throw BadInput(fmt::format("{}: LibTorch has no {} values", what, shard::dtype_name(dtype)));
}

torch::Tensor read_tensor(const shard::SafetensorsFile& file, const std::string& name) {
  const auto found = file.tensors().find(name);
  if (found == file.tensors().end()) {
    throw BadInput(fmt::format(
        "{}: there is no tensor {}; was this file written by another program?", file.path(), name));
  }
  const shard::TensorView& view = found->second;
  const std::vector<std::int64_t> shape(view.shape.begin(), view.shape.end());
  const torch::Tensor tensor =
      torch::empty(shape, torch_dtype(view.dtype, fmt::format("{}: tensor {}", file.path(), name)));
  file.read(view, 0, std::span(static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()));
  return tensor;
}

}  // namespace rod::trainer
