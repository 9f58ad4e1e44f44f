// An estimate of the time, disk and memory that a run of `cache` will need.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/capacity.h"
#include "dataset/layout.h"
#include "prepare/cache/plan.h"

namespace rod::prepare {

struct CacheForecast {
  std::uint64_t pairs = 0, source_bytes = 0;  // still to be read
  std::uint64_t disk = 0, memory = 0;         // bytes that will be used
  double seconds = 0;  // of work on `threads` cores, without waiting for a slow drive
};

// Estimates from the first pairs of `todo` (units), which it reads and encodes. Throws what
// Tree::read() throws.
CacheForecast forecast(const dataset::Tree& tree, const dataset::Dataset& dataset,
                       const CachePlan& plan, const std::vector<std::size_t>& todo,
                       unsigned threads);

// Returns one line: "3,000 pairs, 383 MB to read: about 9 s on 2 cores, 320 MB of disk (78 GB
// free), 260 MB of memory".
std::string describe(const CacheForecast& forecast, unsigned threads, std::uint64_t free_disk);

// Throws Error(kNoRoom) if the machine has less free memory than the forecast.
void check_memory(const CacheForecast& forecast, const Machine& machine);

}  // namespace rod::prepare
