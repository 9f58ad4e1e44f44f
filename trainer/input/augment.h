// Images to network inputs: resize, crop, flip, rotate, normalise; and the draws that say how.
#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "trainer/network/modality.h"

namespace rod::trainer {

inline constexpr std::int64_t kQuarterTurns = 4;  // equally spaced angles

// Pixels per side that images are resized to before an image_size crop is cut out: 256 for 224.
std::int64_t resize_base(std::int64_t image_size);

// How samples first_n .. first_n + batch - 1 of an epoch are changed: a pure function of its
// arguments, each sample's draw independent of the batch it is in. [batch,5] i64, CPU: top and left
// uniform in 0..margin, flip in {0,1}, k_rgb and k_depth uniform in 0..angles-1.
// `margin` is resize_base(S) - S. Any thread.
torch::Tensor draw_augmentation(std::uint64_t seed, std::uint64_t stream, std::uint64_t epoch,
                                std::uint64_t first_n, std::int64_t batch, std::int64_t margin,
                                std::int64_t angles);

// Evaluation's: the centre, no flip, no rotation. [batch,5] i64, CPU.
torch::Tensor center_augmentation(std::int64_t batch, std::int64_t margin);

// The label of the rotation task: (k_rgb - k_depth) mod angles. [B,5] i64 -> [B] i64.
torch::Tensor relative_rotation(const torch::Tensor& augment, std::int64_t angles);

// `images` [B,H,W,3] u8, `augment` [B,5] i64 on the CPU -> [B,3,S,S] f32 on the images' device: the
// image resized to resize_base(S) squared as Pillow's bilinear does (unless it has that size),
// cropped at (top,left), flipped left-right, rotated counter-clockwise by k / angles of 360
// degrees, ImageNet-normalised. Angles other than quarter turns are interpolated as Pillow's
// rotate() with BILINEAR does; what comes from outside of the crop is black. In memory channels
// come last on a GPU and first on the CPU, as convolutions are fastest there. REQUIRES: 0 <= top,
// left <= resize_base(S) - S; k = 0 where `angles` is 1. Does not wait for the device.
torch::Tensor transform(const torch::Tensor& images, const torch::Tensor& augment,
                        Modality modality, std::int64_t image_size,
                        std::int64_t angles = kQuarterTurns);

// What transform() made of pixels, made pixels again: [B,3,S,S] f32 -> [B,S,S,3] u8, on the same
// device.
torch::Tensor to_pixels(const torch::Tensor& inputs);

}  // namespace rod::trainer
