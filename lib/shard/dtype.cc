// The element types of safetensors: name and size.
#include <array>

#include "shard/safetensors.h"

namespace rod::shard {
namespace {

struct DtypeRow {
  Dtype dtype;
  const char* name;
  std::size_t bytes;
};

constexpr std::array<DtypeRow, 13> kDtypes = {{{Dtype::kU8, "U8", 1},
                                               {Dtype::kI8, "I8", 1},
                                               {Dtype::kU16, "U16", 2},
                                               {Dtype::kI16, "I16", 2},
                                               {Dtype::kF16, "F16", 2},
                                               {Dtype::kBF16, "BF16", 2},
                                               {Dtype::kU32, "U32", 4},
                                               {Dtype::kI32, "I32", 4},
                                               {Dtype::kF32, "F32", 4},
                                               {Dtype::kU64, "U64", 8},
                                               {Dtype::kI64, "I64", 8},
                                               {Dtype::kF64, "F64", 8},
                                               {Dtype::kBool, "BOOL", 1}}};

constexpr bool in_order_of_the_enumeration() {
  for (std::size_t i = 0; i < kDtypes.size(); ++i) {
    if (kDtypes[i].dtype != static_cast<Dtype>(i)) return false;
  }
  return true;
}
static_assert(in_order_of_the_enumeration());

}  // namespace

std::size_t dtype_bytes(Dtype dtype) {
  return kDtypes[static_cast<std::size_t>(dtype)].bytes;
}

const char* dtype_name(Dtype dtype) {
  return kDtypes[static_cast<std::size_t>(dtype)].name;
}

std::optional<Dtype> dtype_from_name(std::string_view name) {
  for (const DtypeRow& row : kDtypes) {
    if (name == row.name) return row.dtype;
  }
  return std::nullopt;
}

}  // namespace rod::shard
