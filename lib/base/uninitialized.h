// An array whose elements have no value yet, for buffers that are filled at once.
#pragma once

#include <cstddef>
#include <memory>

namespace rod {

// Like std::make_unique_for_overwrite<T[]>, which g++ 10's library, with which wheels are built,
// lacks.
template <typename T>
std::unique_ptr<T[]> uninitialized(std::size_t size) {
  return std::unique_ptr<T[]>(new T[size]);
}

}  // namespace rod
