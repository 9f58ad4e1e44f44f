// A safetensors file opened for reading, its header validated.
#pragma once

#include <memory>

#include "io/random_access_file.h"
#include "shard/safetensors.h"

namespace rod::shard {

// Reads are thread-safe.
class SafetensorsFile {
 public:
  // Errors: throw_errno, BadInput, the source's.
  explicit SafetensorsFile(const std::filesystem::path& path);
  explicit SafetensorsFile(std::shared_ptr<const io::RandomAccessFile> source);

  const std::string& path() const { return source_->name(); }
  const Metadata& metadata() const { return header_.metadata; }
  const std::map<std::string, TensorView>& tensors() const { return header_.tensors; }
  std::uint64_t bytes() const { return source_->size(); }

  // Errors: BadInput when there is no such tensor, or it is not of this dtype and rank.
  const TensorView& tensor(const std::string& name, Dtype dtype, std::size_t rank) const;

  // Fills `out` from `offset` bytes into the tensor. REQUIRES: inside the tensor.
  void read(const TensorView& tensor, std::uint64_t offset, std::span<std::byte> out) const;

  // Says that these bytes of the tensor will be read soon; returns at once.
  void will_need(const TensorView& tensor, std::uint64_t offset, std::uint64_t bytes) const {
    source_->will_need(tensor.offset + offset, bytes);
  }

  // Throws BadInput naming a file that has become shorter since it was opened. For who has the
  // bytes elsewhere and would not notice.
  void check_whole() const;

  // A whole tensor as T. REQUIRES: sizeof(T) == dtype_bytes(tensor.dtype).
  template <typename T>
  std::vector<T> read_all(const TensorView& tensor) const {
    std::vector<T> values(tensor.bytes / sizeof(T));
    read(tensor, 0, std::as_writable_bytes(std::span(values)));
    return values;
  }

 private:
  std::shared_ptr<const io::RandomAccessFile> source_;
  SafetensorsHeader header_;
};

}  // namespace rod::shard
