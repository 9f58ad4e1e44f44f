// Any bytes are a safetensors file that is whole, or BadInput: never a crash, never a tensor
// outside the file.
#include "shard/safetensors.h"

#include <cstdint>
#include <cstdlib>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    if (size < rod::shard::kSafetensorsLengthBytes) return 0;
    if (rod::shard::safetensors_prefix_bytes(bytes, size, "fuzz") > size) std::abort();
    const rod::shard::SafetensorsHeader header = rod::shard::parse_safetensors(bytes, size, "fuzz");
    std::uint64_t total = header.payload_offset;
    for (const auto& [name, tensor] : header.tensors) {
      if (tensor.offset > size || tensor.bytes > size - tensor.offset) std::abort();
      total += tensor.bytes;
    }
    if (total != size) std::abort();
  } catch (const rod::BadInput&) {
  }
  return 0;
}
