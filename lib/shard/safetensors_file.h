// A safetensors file opened for reading, its header validated.
#pragma once

#include "base/file.h"
#include "shard/safetensors.h"

namespace rod {

// Reads are thread-safe and use pread: a file that shrinks or goes away is an error, never a SIGBUS.
class SafetensorsFile {
 public:
  // Errors: throw_errno, BadInput.
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::string& path() const { return file_.path(); }
  const Metadata& metadata() const { return header_.metadata; }
  const std::map<std::string, TensorView>& tensors() const { return header_.tensors; }
  std::uint64_t bytes() const { return bytes_; }

  // Errors: BadInput when there is no such tensor, or it is not of this dtype and rank.
  const TensorView& tensor(const std::string& name, Dtype dtype, std::size_t rank) const;

  // Fills `out` from `offset` bytes into the tensor. REQUIRES: inside the tensor.
  void read(const TensorView& tensor, std::uint64_t offset, std::span<std::byte> out) const;

  // A whole tensor as T. REQUIRES: sizeof(T) == dtype_bytes(tensor.dtype).
  template <typename T>
  std::vector<T> read_all(const TensorView& tensor) const {
    std::vector<T> values(tensor.bytes / sizeof(T));
    read(tensor, 0, std::as_writable_bytes(std::span(values)));
    return values;
  }

 private:
  File file_;
  std::uint64_t bytes_;
  SafetensorsHeader header_;
};

}  // namespace rod
