// The LibTorch that python3 brings, whether it has code for a GPU, and which one rodtrain was built
// for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "doctor/finding.h"

namespace rod::doctor {

struct Torch {
  std::string version;                     // "2.11.0+cu128"
  std::string cuda;                        // "12.8"; empty for a build without CUDA
  std::vector<std::string> architectures;  // "sm_75", "compute_90"
};

// Asks python3, which takes seconds: importing torch is slow. Missing without python3 or torch.
Finding<Torch> look_for_torch();

// Three lines: version, CUDA version or "None", architectures separated by spaces.
Finding<Torch> parse_torch(const std::string& answer);

// Whether code for `capability` (x 10) is among `architectures`: machine code of the same major
// version that is not newer, or portable code (compute_N) that the driver compiles. Source:
// NVIDIA's CUDA C++ programming guide, "Binary compatibility".
bool has_kernels(const std::vector<std::string>& architectures, int capability);

// What `launcher`, the script that installing rodtrain puts beside rodprep, says that rodtrain was
// built for: "2.11.0 cuda" or "1.13.1 cpu". Empty where there is no such script.
std::string torch_of_rodtrain(const std::filesystem::path& launcher);

}  // namespace rod::doctor
