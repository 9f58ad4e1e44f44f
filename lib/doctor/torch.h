// The LibTorch that python3 brings, and whether it has code for a GPU.
#pragma once

#include <string>
#include <vector>

#include "doctor/finding.h"

namespace rod {

struct Torch {
  std::string version;                     // "2.11.0+cu128"
  std::string cuda;                        // "12.8"; empty for a build without CUDA
  std::vector<std::string> architectures;  // "sm_75", "compute_90"
};

// Asks python3, which takes seconds: importing torch is slow. Missing without python3 or torch.
Finding<Torch> look_for_torch();

// Three lines: version, CUDA version or "None", architectures separated by spaces.
Finding<Torch> parse_torch(const std::string& answer);

// Whether code for `capability` (x 10) is among `architectures`: machine code of the same major version that is not
// newer, or portable code (compute_N) that the driver compiles. Source: NVIDIA's CUDA C++ programming guide, "Binary compatibility".
bool has_kernels(const std::vector<std::string>& architectures, int capability);

}  // namespace rod
