// The safetensors container: an 8-byte length, a JSON header, then little-endian tensors.
// Source: https://github.com/huggingface/safetensors (format section of its README).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rod {

enum class Dtype { kU8, kI8, kU16, kI16, kF16, kBF16, kU32, kI32, kF32, kU64, kI64, kF64, kBool };

std::size_t dtype_bytes(Dtype dtype);
const char* dtype_name(Dtype dtype);                        // "U8", "I64", "F32", …
std::optional<Dtype> dtype_from_name(std::string_view name);

using Metadata = std::map<std::string, std::string>;  // the header's `__metadata__`

// A tensor to be written; `data` is borrowed, row-major, little-endian.
struct TensorData {
  std::string name;
  Dtype dtype;
  std::vector<std::uint64_t> shape;
  std::span<const std::byte> data;
};

// Where a tensor lies in a file.
struct TensorView {
  Dtype dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t offset;  // from the start of the file
  std::uint64_t bytes;
};

struct SafetensorsHeader {
  Metadata metadata;
  std::map<std::string, TensorView> tensors;
  std::uint64_t payload_offset;  // 8 + header length
};

// Parses and validates all of it before anything is allocated for tensors: length (<= 100,000,000), `{`
// first, UTF-8 JSON without duplicate keys, known dtypes, shape x dtype == bytes without overflow, no
// holes, no overlaps, the end exactly at `file_bytes`. `prefix` holds the first bytes of the file, at
// least 8 and the header. Errors: BadInput naming `path` and what is wrong.
SafetensorsHeader parse_safetensors(std::span<const std::byte> prefix, std::uint64_t file_bytes,
                                    const std::string& path);

// The header's bytes (length included), payload aligned to 64. Tensors lie in the order given.
std::string safetensors_header(std::span<const TensorData> tensors, const Metadata& metadata);

// Header, then tensors, through AtomicFile: complete or absent.
// Errors: throw_errno.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorData> tensors,
                       const Metadata& metadata);


}  // namespace rod
