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

// The location of a tensor in a file.
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

// Returns the number of bytes that parse_safetensors() needs, 8 + header length, from the first 8
// bytes of a file. The length is checked against the limit of 100,000,000 and against `file_bytes`,
// so it is safe to allocate. Throws BadInput naming `path`.
std::size_t safetensors_prefix_bytes(std::span<const std::byte> first, std::uint64_t file_bytes,
                                     const std::string& path);

// Parses and validates the whole header before anything is allocated for tensors: length (<=
// 100,000,000), `{` first, UTF-8 JSON without duplicate keys, known dtypes, shape x dtype == bytes
// without overflow, no gaps, no overlaps, the last tensor ends exactly at `file_bytes`. Throws
// BadInput naming `path` and the violated rule. Requires: `prefix` is the beginning of the file and
// includes the header.
SafetensorsHeader parse_safetensors(std::span<const std::byte> prefix, std::uint64_t file_bytes,
                                    const std::string& path);

// Returns the header's bytes, including the length, padded so that the payload is aligned to 64
// bytes. Tensors are stored in the given order; put those with 8-byte elements first so that every
// tensor is aligned to its element size.
// Requires: names differ, none is `__metadata__`, shape x dtype == data.size(), names and metadata
// are UTF-8. Throws std::invalid_argument otherwise.
std::string safetensors_header(std::span<const TensorData> tensors, const Metadata& metadata);

// Writes the header and the tensors through AtomicFile, so that the file is complete or absent.
// Throws SystemError; std::invalid_argument as above.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorData> tensors,
                       const Metadata& metadata);

}  // namespace rod::shard
