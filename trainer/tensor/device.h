// The device and the precision of the computation. A GPU's driver is queried without CUDA's
// headers, which are missing in a build without nvcc.
#pragma once

#include <torch/torch.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rod::trainer {

// Returns the device for "auto" (the GPU if there is one), "cpu", "cuda" or "cuda:N". Without N,
// uses GPU number LOCAL_RANK, as torchrun sets it. Runs a small kernel on a GPU, because LibTorch
// may lack code for it. Throws Error(kUsage); Error(kFailed) with advice.
torch::Device choose_device(const std::string& name);

struct Arithmetic {
  // Every run on the same machine gives bit-identical results, slower on a GPU. Always the case on
  // a CPU.
  bool deterministic = false;
  // Convolutions in float32 may use TensorFloat-32 on GPUs of compute capability 8.0 and newer, as
  // PyTorch does by default. Matrix products stay in float32.
  bool tf32 = true;
};

// Sets threads and algorithms for the whole process. Requires: called once, before any other
// function of LibTorch.
void set_up_arithmetic(const Arithmetic& arithmetic);

// Whether convolutions in `compute` are faster on `device` with the channels-last memory format:
// with 16-bit operands from compute capability 7.0 on, with TensorFloat-32 from 8.0 on. In plain
// float32 they take about 1.5 times as long (PyTorch issue 44943).
bool prefers_channels_last(const torch::Device& device, at::ScalarType compute);

// Copies `tensor` from the CPU to `device` without waiting: through contiguous page-locked memory,
// because a copy from pageable memory waits for the GPU's queue.
torch::Tensor to_device(const torch::Tensor& tensor, const torch::Device& device);

// Waits until `device` has completed all queued work.
void synchronize(const torch::Device& device);

// "CPU (2 of its cores)" or "cuda:0".
std::string describe_device(const torch::Device& device);

// "float32", "float32 with TensorFloat-32 convolutions", "bfloat16" or "float16": the precision of
// convolutions and matrix products on `device`.
std::string describe_arithmetic(const torch::Device& device, at::ScalarType compute);

// Whether the error means that the GPU's or the machine's memory ran out.
bool is_out_of_memory(const c10::Error& error);

// Returns a message of LibTorch without the stack trace that may follow.
std::string first_line(std::string_view message);

// Calls `body`, and converts LibTorch's exceptions to Error(kNoRoom) if memory ran out and to
// Error(kFailed) otherwise.
int with_torch_errors(const std::function<int()>& body);

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
