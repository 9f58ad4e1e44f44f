// PyTorch's .pth files as torch.save() has written them since 1.6: a zip file that holds a pickle
// and a file for each storage. Nothing in them is ever run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "shard/safetensors.h"

namespace rod::trainer {

// A tensor of the file: a view of bytes that the PthFile borrows.
struct PthTensor {
  shard::Dtype dtype;
  std::vector<std::uint64_t> shape, strides;  // in elements
  std::span<const std::byte> storage;         // from the tensor's first element on

  std::uint64_t elements() const;
  // Copies the elements in row-major order. REQUIRES: out.size() == elements() *
  // dtype_bytes(dtype).
  void copy_to(std::span<std::byte> out) const;
};

// Every tensor of a state dict, or of dicts and lists of state dicts, such as a checkpoint's: its
// name is the path to it, as in "modules.0.conv1.weight". Whatever is no tensor is left out.
// `bytes` is the whole file, borrowed; all bounds and checksums are checked, tensors don't take
// more memory than the file. Errors: BadInput naming `path` and what is wrong; what to do for files
// of torch.save()'s old form, for TorchScript, and for pickles that would run something.
std::map<std::string, PthTensor> read_pth(std::span<const std::byte> bytes,
                                          const std::string& path);

// What `path` begins with says whether it is such a file, of the new or the old form.
bool looks_like_pth(std::span<const std::byte> first_bytes);

// A file that torch.load(weights_only=True) reads as an OrderedDict of these tensors, through
// AtomicFile: complete or absent. Errors: throw_errno; kNoRoom from 4 GiB on; kFailed for unsigned
// numbers of more than 8 bits. REQUIRES: names differ, shape x dtype == data.size().
void write_pth(const std::filesystem::path& path, std::span<const shard::TensorData> tensors);

}  // namespace rod::trainer
