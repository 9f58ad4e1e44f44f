// Writes a safetensors file.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "io/file.h"
#include "shard/safetensors.h"

namespace rod::shard {
namespace {

constexpr std::size_t kPayloadAlignment = 64;  // a cache line, and the widest vector register

}  // namespace

std::string safetensors_header(std::span<const TensorData> tensors, const Metadata& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const TensorData& tensor : tensors) {
    std::uint64_t bytes = dtype_bytes(tensor.dtype);
    for (const std::uint64_t extent : tensor.shape) bytes *= extent;
    if (bytes != tensor.data.size() || tensor.name == "__metadata__" ||
        header.contains(tensor.name)) {
      throw std::invalid_argument(
          fmt::format("tensor '{}': its name is taken, or its shape needs {} bytes, but it has {}",
                      tensor.name, bytes, tensor.data.size()));
    }
    header[tensor.name] = {{"dtype", dtype_name(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string json;
  try {
    json = header.dump();
  } catch (const nlohmann::json::exception& error) {
    throw std::invalid_argument(
        fmt::format("a tensor's name or metadata is not UTF-8: {}", error.what()));
  }
  const std::size_t used = kSafetensorsLengthBytes + json.size();
  json.append((kPayloadAlignment - used % kPayloadAlignment) % kPayloadAlignment, ' ');

  std::string result;
  for (std::size_t i = 0; i < kSafetensorsLengthBytes; ++i) {
    result += static_cast<char>(std::uint64_t{json.size()} >> 8 * i & 0xFF);
  }
  return result + json;
}

void write_safetensors(const std::filesystem::path& path, std::span<const TensorData> tensors,
                       const Metadata& metadata) {
  const std::string header = safetensors_header(tensors, metadata);
  io::AtomicFile file(path);
  file.write(header);
  for (const TensorData& tensor : tensors) file.write(tensor.data);
  file.publish();
}

}  // namespace rod::shard
