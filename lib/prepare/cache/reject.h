// A pair that gave no sample, and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rod::prepare {

struct Reject {
  std::string key;         // as the split list writes it
  std::uint64_t line = 0;  // of the split list, from 0
  // the bad one of the two, relative to the list's folder, so that it is the same for folder and
  // archive
  std::string file;
  std::string reason;
};

inline constexpr const char* kRejectsName = "rejects.jsonl";

// Rejects with the same reason, except for the numbers in it.
struct RejectGroup {
  std::uint64_t count = 0;
  Reject example;  // the first
};

// Returns the groups, the most frequent first, and equally frequent ones in order of occurrence.
std::vector<RejectGroup> by_reason(const std::vector<Reject>& rejects);

// Returns one line per group: "  12 pairs: PNG is truncated …, such as apple/apple_1/…". Shows the
// first ten groups and the number of others.
std::string describe(const std::vector<RejectGroup>& groups);

}  // namespace rod::prepare
