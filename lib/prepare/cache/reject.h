// A pair that gave no sample, and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rod::prepare {

struct Reject {
  std::string key;         // as the split list writes it
  std::uint64_t line = 0;  // of the split list, from 0
  // the bad one of the two, from the list's folder: the same for folder and archive
  std::string file;
  std::string reason;
};

inline constexpr const char* kRejectsName = "rejects.jsonl";

// Rejects that give the same reason but for the numbers in it.
struct RejectGroup {
  std::uint64_t count = 0;
  Reject example;  // the first
};

// The most frequent first; equal ones in the order in which they occur.
std::vector<RejectGroup> by_reason(const std::vector<Reject>& rejects);

// One line per group: "  12 pairs: PNG is truncated …, such as apple/apple_1/…". The first ten
// groups, and how many there are besides.
std::string describe(const std::vector<RejectGroup>& groups);

}  // namespace rod::prepare
