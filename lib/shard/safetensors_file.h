// A safetensors file opened for reading, with a validated header.
#pragma once

#include <memory>

#include "io/random_access_file.h"
#include "shard/safetensors.h"

namespace rod::shard {

// Reads are thread-safe.
class SafetensorsFile {
 public:
  // Throws SystemError, BadInput, and what `source` throws.
  explicit SafetensorsFile(const std::filesystem::path& path);
  explicit SafetensorsFile(std::shared_ptr<const io::RandomAccessFile> source);

  const std::string& path() const { return source_->name(); }
  const Metadata& metadata() const { return header_.metadata; }
  const std::map<std::string, TensorView>& tensors() const { return header_.tensors; }
  std::uint64_t bytes() const { return source_->size(); }

  // Throws BadInput if there is no such tensor, or its dtype or rank differs.
  const TensorView& tensor(const std::string& name, Dtype dtype, std::size_t rank) const;

  // Reads `out.size()` bytes at `offset` within the tensor. Requires: the range is inside the
  // tensor.
  void read(const TensorView& tensor, std::uint64_t offset, std::span<std::byte> out) const;

  // A hint that these bytes of the tensor will be read soon. Returns at once.
  void will_need(const TensorView& tensor, std::uint64_t offset, std::uint64_t bytes) const {
    source_->will_need(tensor.offset + offset, bytes);
  }

  // Throws BadInput naming the file if it was truncated since it was opened. For callers that have
  // cached the bytes and would not notice.
  void check_whole() const;

  // Returns a whole tensor as T. Requires: sizeof(T) == dtype_bytes(tensor.dtype).
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
