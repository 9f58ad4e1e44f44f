// A pair that gave no sample, and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rod::prepare {

struct Refusal {
  std::string key;         // as the split list writes it
  std::uint64_t line = 0;  // of the split list, from 0
  // the bad one of the two, from the list's folder: the same for folder and archive
  std::string file;
  std::string reason;
};

inline constexpr const char* kRejectsName = "rejects.jsonl";

// Refusals that give the same reason but for the numbers in it.
struct RefusalGroup {
  std::uint64_t count = 0;
  Refusal example;  // the first
};

// The most frequent first; equal ones in the order in which they occur.
std::vector<RefusalGroup> by_reason(const std::vector<Refusal>& refusals);

// One line per group: "  12 pairs: PNG is truncated …, such as apple/apple_1/…". The first ten
// groups, and how many there are besides.
std::string describe(const std::vector<RefusalGroup>& groups);

}  // namespace rod::prepare
