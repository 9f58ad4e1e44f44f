#include "shard/safetensors_file.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rod {
namespace {

SafetensorsHeader read_header(const ByteSource& source) {
  std::vector<std::byte> prefix(kSafetensorsLengthBytes);
  prefix.resize(source.read_some(prefix, 0));
  prefix.resize(safetensors_prefix_bytes(prefix, source.size(), source.path()));
  source.read_exactly(prefix, 0);
  return parse_safetensors(prefix, source.size(), source.path());
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : SafetensorsFile(open_file_source(path)) {}

SafetensorsFile::SafetensorsFile(std::unique_ptr<ByteSource> source)
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
  source_->read_exactly(out, tensor.offset + offset);
}

}  // namespace rod
