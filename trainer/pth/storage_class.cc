// What PyTorch calls storages of each type.
#include <string_view>

#include "trainer/pth/pickle.h"

namespace rod {
namespace {

struct Named {
  Dtype dtype;
  const char* name;
};

constexpr Named kClasses[] = {
    {Dtype::kF32, "FloatStorage"}, {Dtype::kF64, "DoubleStorage"},
    {Dtype::kF16, "HalfStorage"},  {Dtype::kI64, "LongStorage"},
    {Dtype::kI32, "IntStorage"},   {Dtype::kI16, "ShortStorage"},
    {Dtype::kI8, "CharStorage"},   {Dtype::kU8, "ByteStorage"},
    {Dtype::kBool, "BoolStorage"}, {Dtype::kBF16, "BFloat16Storage"},
};

}  // namespace

const char* storage_class(Dtype dtype) {
  for (const Named& named : kClasses) {
    if (named.dtype == dtype) return named.name;
  }
  return nullptr;
}

std::optional<Dtype> storage_dtype(std::string_view storage_class) {
  for (const Named& named : kClasses) {
    if (named.name == storage_class) return named.dtype;
  }
  return std::nullopt;
}

}  // namespace rod
