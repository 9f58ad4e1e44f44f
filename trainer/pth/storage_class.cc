// What PyTorch calls storages of each type.
#include <string_view>

#include "trainer/pth/pickle.h"

namespace rod::trainer {
namespace {

struct Named {
  shard::Dtype dtype;
  const char* name;
};

constexpr Named kClasses[] = {
    {shard::Dtype::kF32, "FloatStorage"}, {shard::Dtype::kF64, "DoubleStorage"},
    {shard::Dtype::kF16, "HalfStorage"},  {shard::Dtype::kI64, "LongStorage"},
    {shard::Dtype::kI32, "IntStorage"},   {shard::Dtype::kI16, "ShortStorage"},
    {shard::Dtype::kI8, "CharStorage"},   {shard::Dtype::kU8, "ByteStorage"},
    {shard::Dtype::kBool, "BoolStorage"}, {shard::Dtype::kBF16, "BFloat16Storage"},
};

}  // namespace

const char* storage_class(shard::Dtype dtype) {
  for (const Named& named : kClasses) {
    if (named.dtype == dtype) return named.name;
  }
  return nullptr;
}

std::optional<shard::Dtype> storage_dtype(std::string_view storage_class) {
  for (const Named& named : kClasses) {
    if (named.name == storage_class) return named.dtype;
  }
  return std::nullopt;
}

}  // namespace rod::trainer
