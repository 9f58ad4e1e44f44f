// The project's random function for whole tensors, on their device.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace rod::trainer {

// philox(key, position, block) of base/random.h for each position, [B] i64, and each block in
// 0..blocks-1: [B,blocks,4] i64 of 32-bit words, on the positions' device. Does not wait for it.
torch::Tensor philox(std::uint64_t key, const torch::Tensor& positions, std::int64_t blocks);

// The first `count` numbers of each position: uniform in [0,1), 32 bits. [B] i64 -> [B,count] f64.
torch::Tensor uniform_numbers(std::uint64_t key, const torch::Tensor& positions,
                              std::int64_t count);

// The same with mean 0 and standard deviation 1. Source: Box and Muller, "A note on the generation
// of random normal deviates" (1958). [B] i64 -> [B,count] f32.
torch::Tensor normal_numbers(std::uint64_t key, const torch::Tensor& positions, std::int64_t count);

}  // namespace rod::trainer
