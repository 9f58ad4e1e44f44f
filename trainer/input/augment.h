// Converts images to network inputs (resize, crop, flip, rotate, normalise) and draws the random
// parameters.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "trainer/input/appearance.h"
#include "trainer/network/network.h"

namespace rod::trainer {

inline constexpr std::int64_t kQuarterTurns = 4;  // equally spaced angles

// What transform() does to the appearance of a batch.
struct Look {
  const Appearance& appearance;
  BatchPlace place;
};

// Returns the pixels per side to which images are resized before cropping to image_size: 256 for
// 224.
std::int64_t resize_base(std::int64_t image_size);

// Draws the augmentation of samples first_n .. first_n + batch - 1 of an epoch: a pure function of
// its arguments, in which a sample's draw does not depend on its batch. [batch,5] i64, CPU: top and
// left uniform in 0..margin, flip in {0,1}, k_rgb and k_depth uniform in 0..angles-1.
// `margin` is resize_base(S) - S. Thread-safe.
torch::Tensor draw_augmentation(std::uint64_t seed, std::uint64_t stream, std::uint64_t epoch,
                                std::uint64_t first_n, std::int64_t batch, std::int64_t margin,
                                std::int64_t angles);

// Returns the augmentation for evaluation: the centre, no flip, no rotation. [batch,5] i64, CPU.
torch::Tensor center_augmentation(std::int64_t batch, std::int64_t margin);

// Returns the label of the rotation task: (k_rgb - k_depth) mod angles. [B,5] i64 -> [B] i64.
torch::Tensor relative_rotation(const torch::Tensor& augment, std::int64_t angles);

// `images` [B,H,W,3] u8, `augment` [B,5] i64 on the CPU -> [B,3,S,S] f32 on the images' device:
// each image is resized to resize_base(S) squared like Pillow's bilinear (unless it has that size),
// cropped at (top,left), flipped left-right, rotated counter-clockwise by k / angles of 360
// degrees, changed in appearance if `look` is given, and ImageNet-normalised. Angles other than
// quarter turns are interpolated like Pillow's rotate() with BILINEAR; pixels from outside the crop
// are black. The memory format is channels-last on a GPU and contiguous on the CPU, which is
// fastest for convolutions. Requires: 0 <= top, left <= resize_base(S) - S; k = 0 where `angles` is
// 1. Does not wait for the device.
torch::Tensor transform(const torch::Tensor& images, const torch::Tensor& augment,
                        Modality modality, std::int64_t image_size,
                        std::int64_t angles = kQuarterTurns, const Look* look = nullptr);

// transform() of one tensor for each of `modalities`, with one copy to the device for all of them.
std::vector<torch::Tensor> transform_all(const std::vector<torch::Tensor>& images,
                                         const torch::Tensor& augment,
                                         const std::vector<Modality>& modalities,
                                         std::int64_t image_size, std::int64_t angles,
                                         const Look* look);

// The inverse of transform()'s normalisation: [B,3,S,S] f32 -> [B,S,S,3] u8, on the same device.
torch::Tensor to_pixels(const torch::Tensor& inputs);

}  // namespace rod::trainer
