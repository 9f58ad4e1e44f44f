// How often tests try damage that is drawn: ROD_LONG=1 takes the long form's number, ROD_SEED another beginning.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace rod {

inline std::uint64_t environment_number(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

inline std::uint64_t tries(std::uint64_t few, std::uint64_t many) {
  return environment_number("ROD_LONG", 0) == 0 ? few : many;
}

inline std::uint64_t tries_seed() {
  return environment_number("ROD_SEED", 1);
}

}  // namespace rod
