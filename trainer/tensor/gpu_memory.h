// How full a GPU's memory is, for a person to read.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>

namespace rod {

struct GpuMemory {
  std::uint64_t used, total;  // bytes, of all programs together
};

// Asks the driver; does not wait for the device's arithmetic. Absent for the CPU, and where the driver does not say.
// LibTorch's own figures need CUDA's headers, which a build without nvcc hasn't got.
std::optional<GpuMemory> gpu_memory(const torch::Device& device);

}  // namespace rod
