// One stream's batch, as passed to a method.
#pragma once

#include <torch/torch.h>

namespace rod::trainer {

struct Minibatch {
  // [B,3,S,S] f32, ImageNet-normalised, on the device; undefined where --modality leaves one out
  torch::Tensor rgb, depth;
  torch::Tensor label;    // [B] i64, on the device: class, or relative rotation for turned streams
  torch::Tensor index;    // [B] i64, CPU: line of the split's list, from 0
  torch::Tensor augment;  // [B,5] i64, CPU: top, left, flip, k_rgb, k_depth
  // [B,2] i64, on the device: k_rgb, k_depth; undefined for streams that are not rotated
  torch::Tensor rotations;
};

}  // namespace rod::trainer
