// Where the arithmetic is done, and how exactly.
#pragma once

#include <torch/torch.h>

#include <string>
#include <string_view>

namespace rod {

// "auto" (the GPU if there is one), "cpu", "cuda" or "cuda:N"; without N torchrun's LOCAL_RANK-th of several. Runs one small kernel on a GPU, as a
// LibTorch may come without code for it. Errors: kUsage, kFailed saying what to do.
torch::Device choose_device(const std::string& name);

// Threads and algorithms for the whole process. `deterministic`: the same bits in every run on the
// same machine, at some cost of speed on a GPU; on the CPU this is always so. Called once, before
// anything else.
void set_up_arithmetic(bool deterministic);

// `tensor`, which is in the machine's memory, on `device`. Waits for nothing: a GPU takes it from page-locked memory, as a copy from other
// memory waits for the arithmetic that the GPU was given before.
torch::Tensor to_device(const torch::Tensor& tensor, const torch::Device& device);

// Waits until `device` has done what it was given.
void synchronize(const torch::Device& device);

// "CPU (2 of its cores)" or "cuda:0".
std::string describe_device(const torch::Device& device);

// Whether memory ran out, the GPU's or the machine's.
bool is_out_of_memory(const c10::Error& error);

// Of a message of LibTorch's, which may go on with a stack.
std::string first_line(std::string_view message);

// Calls `body`, and turns what LibTorch throws into Errors: out of memory is kNoRoom, the rest
// kFailed.
int with_torch_errors(const std::function<int()>& body);

}  // namespace rod
