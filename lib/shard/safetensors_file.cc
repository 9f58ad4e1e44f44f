#include "shard/safetensors_file.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rod::shard {
namespace {

SafetensorsHeader read_header(const io::RandomAccessFile& source) {
  std::vector<std::byte> prefix(kSafetensorsLengthBytes);
  prefix.resize(source.read_at(prefix, 0));
  prefix.resize(safetensors_prefix_bytes(prefix, source.size(), source.name()));
  io::read_exactly(source, prefix, 0);
  return parse_safetensors(prefix, source.size(), source.name());
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : SafetensorsFile(io::open_file(path)) {}

SafetensorsFile::SafetensorsFile(std::shared_ptr<const io::RandomAccessFile> source)
    : source_(std::move(source)), header_(read_header(*source_)) {}

const TensorView& SafetensorsFile::tensor(const std::string& name, Dtype dtype,
                                          std::size_t rank) const {
  const auto found = header_.tensors.find(name);
  if (found == header_.tensors.end()) {
    throw BadInput(fmt::format("{}: has no tensor '{}'", path(), name));
  }
  const TensorView& view = found->second;
  if (view.dtype != dtype || view.shape.size() != rank) {
    throw BadInput(fmt::format("{}: tensor '{}' is {} of rank {}, expected {} of rank {}", path(),
                               name, dtype_name(view.dtype), view.shape.size(), dtype_name(dtype),
                               rank));
  }
  return view;
}

void SafetensorsFile::read(const TensorView& tensor, std::uint64_t offset,
                           std::span<std::byte> out) const {
  io::read_exactly(*source_, out, tensor.offset + offset);
}

void SafetensorsFile::check_whole() const {
  const auto has_byte = [&](std::uint64_t at) {
    std::byte byte{};
    return source_->read_at({&byte, 1}, at) == 1;
  };
  if (has_byte(bytes() - 1)) return;
  std::uint64_t left = 0, beyond = bytes() - 1;  // bytes before `left` are there, `beyond` is not
  while (left < beyond) {
    const std::uint64_t middle = left + (beyond - left) / 2;
    if (has_byte(middle)) {
      left = middle + 1;
    } else {
      beyond = middle;
    }
  }
  throw BadInput(fmt::format("{}: has {} bytes, {} when it was opened; it is truncated", path(),
                             left, bytes()));
}

}  // namespace rod::shard
