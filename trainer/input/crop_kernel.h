// Crop, flip, quarter turns and normalisation of a batch in one launch on a GPU, in builds with
// nvcc.
#pragma once

#include <torch/torch.h>

#include <array>
#include <optional>

namespace rod::trainer {

// Gives bit-identical results to augment.cc's operations with a fifth of the memory traffic: pixel
// p of channel c becomes p * scale[c] - offset[c], each product and difference rounded to float32.
// `images`: [N,3] u8, contiguous, on a GPU: the pixels of a batch. `strides`: [B,3] i64, on the
// same GPU: first, down, right; output pixel (i, j) of sample b is pixel first + i * down + j *
// right. Returns [B,S,S,3] f32, where S is `size`; nothing if this build has no kernel or the
// device is a CPU.
std::optional<torch::Tensor> crop_and_normalise(const torch::Tensor& images,
                                                const torch::Tensor& strides, std::int64_t size,
                                                const std::array<float, 3>& scale,
                                                const std::array<float, 3>& offset);

}  // namespace rod::trainer
