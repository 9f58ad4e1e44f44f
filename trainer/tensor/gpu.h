// Queries the GPU's driver without CUDA's headers, which are missing in a build without nvcc.
#pragma once

#include <torch/torch.h>

#include <compare>
#include <cstdint>
#include <optional>

namespace rod::trainer {

struct GpuMemory {
  std::uint64_t used, total;  // bytes, of all programs together
};

// Returns nothing for the CPU, or if the driver can't be queried. Does not wait for the device's
// queue.
std::optional<GpuMemory> gpu_memory(const torch::Device& device);

// 7.5 is a T4, 8.0 an A100, 9.0 an H100.
struct ComputeCapability {
  int major, minor;
  auto operator<=>(const ComputeCapability&) const = default;
};

// Returns nothing for the CPU, or if the driver can't be queried.
std::optional<ComputeCapability> compute_capability(const torch::Device& device);

}  // namespace rod::trainer
