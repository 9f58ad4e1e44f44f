// An array whose elements have no value yet, for buffers that are filled at once.
#pragma once

#include <cstddef>
#include <memory>

namespace rod {

// What std::make_unique_for_overwrite<T[]> makes, which is missing from the library of g++ 10 that
// wheels are built with.
template <typename T>
std::unique_ptr<T[]> uninitialized(std::size_t size) {
  return std::unique_ptr<T[]>(new T[size]);
}

}  // namespace rod
