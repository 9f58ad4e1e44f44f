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

namespace rod::shard {

enum class Dtype { kU8, kI8, kU16, kI16, kF16, kBF16, kU32, kI32, kF32, kU64, kI64, kF64, kBool };

std::size_t dtype_bytes(Dtype dtype);
const char* dtype_name(Dtype dtype);  // "U8", "I64", "F32", "BOOL", …
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

inline constexpr std::size_t kSafetensorsLengthBytes = 8;

// How many bytes parse_safetensors() needs, from the first 8 of a file: 8 + header length, checked
// against the limit of 100,000,000 and against `file_bytes`, so that it is safe to allocate.
// Errors: BadInput naming `path`.
std::size_t safetensors_prefix_bytes(std::span<const std::byte> first, std::uint64_t file_bytes,
                                     const std::string& path);

// Parses and validates all of it before anything is allocated for tensors: length (<= 100,000,000),
// `{` first, UTF-8 JSON without duplicate keys, known dtypes, shape x dtype == bytes without
// overflow, no holes, no overlaps, the end exactly at `file_bytes`. `prefix` holds the first bytes
// of the file, at least 8 and the header. Errors: BadInput naming `path` and what is wrong.
SafetensorsHeader parse_safetensors(std::span<const std::byte> prefix, std::uint64_t file_bytes,
                                    const std::string& path);

// The header's bytes (length included), payload aligned to 64. Tensors lie in the order given: put
// those of 8-byte numbers first and each is aligned to its own numbers.
// REQUIRES: names differ, none is `__metadata__`, shape x dtype == data.size(), names and metadata
// are UTF-8. Errors: std::invalid_argument where that does not hold.
std::string safetensors_header(std::span<const TensorData> tensors, const Metadata& metadata);

// Header, then tensors, through AtomicFile: complete or absent.
// Errors: throw_errno; std::invalid_argument as above.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorData> tensors,
                       const Metadata& metadata);

}  // namespace rod::shard
