// Reads and writes PyTorch's .pth files in the format of torch.save() since 1.6: a zip file with a
// pickle and a file for each storage. No code in them is ever executed.
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
  // Copies the elements in row-major order. Requires: out.size() == elements() *
  // dtype_bytes(dtype).
  void copy_to(std::span<std::byte> out) const;
};

// Every tensor of a state dict, or of dicts and lists of state dicts, such as a checkpoint's: its
// name is the path to it, as in "modules.0.conv1.weight". Other values are ignored. `bytes` is the
// whole file, borrowed. All bounds and checksums are validated, and tensors use no more memory than
// the file: a view that shows stored values more often than there are values, as expand() makes it,
// is refused. Throws BadInput naming `path` and the fault, with advice for files in torch.save()'s
// old format, for bare pickles, for TorchScript, for tensors with metadata (such as negative
// views), and for pickles that would call a function.
std::map<std::string, PthTensor> read_pth(std::span<const std::byte> bytes,
                                          const std::string& path);

// Whether a file is such a file, in the new or the old format, or a bare pickle, by its first
// bytes. Requires: at least 9 bytes if the file has so many.
bool looks_like_pth(std::span<const std::byte> first_bytes);

// Writes a file that torch.load(weights_only=True) reads as an OrderedDict of these tensors,
// through AtomicFile, so that it is complete or absent. Throws SystemError; Error(kNoRoom) from 4
// GiB; Error(kFailed) for unsigned numbers of more than 8 bits. Requires: names differ, shape x
// dtype == data.size().
void write_pth(const std::filesystem::path& path, std::span<const shard::TensorData> tensors);

}  // namespace rod::trainer
