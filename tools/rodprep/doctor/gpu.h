// The GPUs as the driver's own tool tells them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "doctor/finding.h"

namespace rod::doctor {

struct Gpu {
  std::string name;               // "Tesla T4"
  std::string driver;             // "535.104.05"
  std::uint64_t memory = 0;       // bytes in all
  std::uint64_t free_memory = 0;  // bytes that nobody uses now
  int capability = 0;  // compute capability x 10: 75 for a T4; 0 where the tool is too old to tell
};

// Asks nvidia-smi. Missing without it, without a driver, or when it finds no GPU.
Finding<std::vector<Gpu>> look_for_gpus();

// Lines of `nvidia-smi --query-gpu=name,driver_version,memory.total,memory.free,compute_cap
// --format=csv,noheader,nounits`. A line of another form is left out; sizes that it calls not
// available are 0.
std::vector<Gpu> parse_gpus(const std::string& answer);

}  // namespace rod::doctor
