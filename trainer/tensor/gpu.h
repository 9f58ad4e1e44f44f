// What a GPU's driver says of it, asked without CUDA's headers, which a build without nvcc lacks.
#pragma once

#include <torch/torch.h>

#include <compare>
#include <cstdint>
#include <optional>

namespace rod::trainer {

struct GpuMemory {
  std::uint64_t used, total;  // bytes, of all programs together
};

// Does not wait for the device's queue. Empty for the CPU, and where the driver does not answer.
std::optional<GpuMemory> gpu_memory(const torch::Device& device);

// 7.5 is a T4, 8.0 an A100, 9.0 an H100.
struct ComputeCapability {
  int major, minor;
  auto operator<=>(const ComputeCapability&) const = default;
};

// Empty for the CPU, and where the driver does not answer.
std::optional<ComputeCapability> compute_capability(const torch::Device& device);

}  // namespace rod::trainer
