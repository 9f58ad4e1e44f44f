// The part of Python's pickle format that state dicts are written in, read without running
// anything.
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

// A storage as a pickle names it: the bytes lie in another entry of the zip file.
struct PickledStorage {
  shard::Dtype dtype = shard::Dtype::kU8;
  std::string key;
  std::uint64_t elements = 0;
};

// A view of a storage; offset and strides in elements, not checked against anything yet.
struct PickledTensor {
  PickledStorage storage;
  std::uint64_t offset = 0;
  std::vector<std::uint64_t> shape, strides;
};

// One of Python's values. Containers hold indices into Pickle::values, as parts may be shared.
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
// and parameters. Memory is linear in `bytes`. Errors: BadInput naming `path`, and by its name
// whatever else the pickle wants to call: it is never called.
Pickle parse_pickle(std::span<const std::byte> bytes, const std::string& path);

// A pickle of an OrderedDict from names to contiguous tensors, which torch.load(weights_only=True)
// accepts; tensor i's bytes are the storage with the key i.
std::string pickle_state_dict(std::span<const shard::TensorData> tensors);

// Names such as "FloatStorage"; nullptr, nullopt for what the other side lacks.
const char* storage_class(shard::Dtype dtype);
std::optional<shard::Dtype> storage_dtype(std::string_view storage_class);

}  // namespace rod::trainer
