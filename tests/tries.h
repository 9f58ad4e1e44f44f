// How often tests try damage that is drawn: ROD_LONG=1 takes the long form's number, ROD_SEED
// another beginning.
#pragma once

#include <cstdint>
#include <cstdio>
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

// Whether what takes minutes runs, too: `bash tools/test.sh --all`.
inline bool all_tests() {
  return environment_number("ROD_ALL", 0) != 0;
}

// A line "COUNT WHAT" for the scripts of tests/fault, which add them up.
inline void tell(std::uint64_t count, const char* what) {
  std::printf("%llu %s\n", static_cast<unsigned long long>(count), what);
}

}  // namespace rod
