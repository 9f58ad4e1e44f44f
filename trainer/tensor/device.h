// Where the arithmetic is done, and how exactly.
#pragma once

#include <torch/torch.h>

#include <string>
#include <string_view>

namespace rod::trainer {

// "auto" (the GPU if there is one), "cpu", "cuda" or "cuda:N"; without N torchrun's LOCAL_RANK-th
// of several. Runs one small kernel on a GPU, as a LibTorch may come without code for it. Errors:
// kUsage, kFailed saying what to do.
torch::Device choose_device(const std::string& name);

struct Arithmetic {
  // The same bits in every run on the same machine, at some cost of speed on a GPU. On a CPU this
  // is always so.
  bool deterministic = false;
  // On GPUs that have it (compute capability 8.0 and newer) convolutions in float32 may round their
  // operands to TensorFloat-32, as PyTorch's do by default. Matrix products stay float32.
  bool tf32 = true;
};

// Sets threads and algorithms for the whole process. Called once, before anything else.
void set_up_arithmetic(const Arithmetic& arithmetic);

// Whether convolutions in `compute` are faster on `device` with the channels innermost: with 16-bit
// operands from compute capability 7.0 on, with TensorFloat-32 from 8.0 on. In plain float32 they
// take about 1.5 times as long (PyTorch issue 44943).
bool prefers_channels_last(const torch::Device& device, at::ScalarType compute);

// `tensor`, which is in the machine's memory, on `device`. Waits for nothing: it is copied through
// contiguous page-locked memory, because a copy from pageable memory waits for the GPU's queue.
torch::Tensor to_device(const torch::Tensor& tensor, const torch::Device& device);

// Waits until `device` has done what it was given.
void synchronize(const torch::Device& device);

// "CPU (2 of its cores)" or "cuda:0".
std::string describe_device(const torch::Device& device);

// "float32", "float32 with TensorFloat-32 convolutions", "bfloat16" or "float16": what convolutions
// and matrix products compute in on `device`.
std::string describe_arithmetic(const torch::Device& device, at::ScalarType compute);

// Whether memory ran out, the GPU's or the machine's.
bool is_out_of_memory(const c10::Error& error);

// Of a message of LibTorch's, which may go on with a stack.
std::string first_line(std::string_view message);

// Calls `body`, and turns what LibTorch throws into Errors: out of memory is kNoRoom, the rest
// kFailed.
int with_torch_errors(const std::function<int()>& body);

}  // namespace rod::trainer
