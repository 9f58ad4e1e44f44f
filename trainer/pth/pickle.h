// Reads and writes the part of Python's pickle format that state dicts use. Executes no code from
// the file.
// Source: Python's Lib/pickletools.py (the opcodes), PyTorch's torch/_utils.py and
// torch/serialization.py (how tensors are pickled).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shard/safetensors.h"

namespace rod::trainer {

// A storage, as a pickle refers to it. Its bytes are in another entry of the zip file.
struct PickledStorage {
  shard::Dtype dtype = shard::Dtype::kU8;
  std::string key;
  std::uint64_t elements = 0;
};

// A view of a storage. Offset and strides are in elements and not validated.
struct PickledTensor {
  PickledStorage storage;
  std::uint64_t offset = 0;
  std::vector<std::uint64_t> shape, strides;
};

// A Python value. Containers hold indices into Pickle::values, because values may be shared.
struct PickledValue {
  enum class Kind {
    kNone,
    kBool,
    kInteger,
    kReal,
    kText,
    kSequence,
    kDict,
    kStorage,
    kTensor,
    kName
  };

  Kind kind = Kind::kNone;
  std::int64_t integer = 0;          // kBool, kInteger
  std::string text;                  // kText; kName: "module.attribute"
  std::vector<std::uint32_t> parts;  // kSequence; kDict: key, value, key, value …
  PickledStorage storage;            // kStorage
  PickledTensor tensor;              // kTensor
};

struct Pickle {
  std::deque<PickledValue> values;
  std::uint32_t root = 0;
};

// Understands None, booleans, integers, floats, texts, lists, tuples, dicts, OrderedDict, tensors
// and parameters. Memory is linear in `bytes`. Throws BadInput naming `path` and any other function
// that the pickle would call; it is never called.
Pickle parse_pickle(std::span<const std::byte> bytes, const std::string& path);

// Returns the pickle of an OrderedDict from names to contiguous tensors, which
// torch.load(weights_only=True) accepts. Tensor i's bytes are the storage with the key i.
std::string pickle_state_dict(std::span<const shard::TensorData> tensors);

// Convert between dtypes and names such as "FloatStorage". Return nullptr or nullopt if there is no
// equivalent.
const char* storage_class(shard::Dtype dtype);
std::optional<shard::Dtype> storage_dtype(std::string_view storage_class);

}  // namespace rod::trainer
