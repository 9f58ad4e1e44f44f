// A pair that gave no sample, and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rod {

struct Refusal {
  std::string key;         // as the split list writes it
  std::uint64_t line = 0;  // of the split list, from 0
  std::string
      file;  // the bad one of the two, from the list's folder: the same for folder and archive
  std::string reason;
};

inline constexpr const char* kRejectsName = "rejects.jsonl";

}  // namespace rod
