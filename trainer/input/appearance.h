// Random changes of the images' appearance, to make one domain's images resemble another's: colour
// jitter, greyscale, erased rectangles, and noise and holes in depth.
#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <optional>

#include "trainer/config.h"
#include "trainer/network/network.h"

namespace rod::trainer {

// The position of a batch: its first sample is the `first_n`-th of an epoch of a stream.
struct BatchPlace {
  std::uint64_t seed = 0, stream = 0, epoch = 0, first_n = 0;
};

// Pixels of the network's input.
struct Rectangle {
  std::int64_t top = 0, left = 0, height = 0, width = 0;
};

enum class JitterStep : std::uint8_t { kBrightness, kContrast, kSaturation, kHue };

// The changes of one sample, except noise and holes.
struct AppearanceDraw {
  double brightness = 1, contrast = 1, saturation = 1;  // factors
  double hue = 0;                                       // in turns
  std::array<JitterStep, 4> order{};
  bool grayscale = false;
  std::optional<Rectangle> erased_rgb, erased_depth;
};

// Throws Error(kUsage) for options of a modality that --modality excludes.
void require_appearance_options(const TrainConfig& config);

// A pure function of its options and a sample's place. Thread-safe.
class Appearance {
 public:
  explicit Appearance(const TrainConfig& config);

  // Whether apply() may change images of this modality.
  bool changes(Modality modality) const;

  // Draws as torchvision does: ColorJitter's factors and order, RandomGrayscale, RandomErasing's
  // rectangle with its default scale and ratio, separately for each modality. `size`: pixels per
  // side.
  AppearanceDraw draw(const BatchPlace& place, std::int64_t size) const;

  // Applies the changes to `images`, [B,S,S,3] f32, 0-255, in the order listed above, and returns
  // them. Only the colours of RGB are jittered. Only depth gets Gaussian noise in each value, as by
  // GaussianNoise, and holes, which are pixels set to 0. Erased pixels get ImageNet's mean, which
  // is 0 after normalisation. Does not wait for the device. Sources: the formulas of
  // torchvision.transforms.functional for tensors of floats; Zhong et al., "Random erasing data
  // augmentation", AAAI 2020.
  torch::Tensor apply(torch::Tensor images, const BatchPlace& place, Modality modality) const;

 private:
  double color_jitter_, hue_jitter_, grayscale_p_, erasing_p_, depth_noise_, depth_dropout_p_;
};

// Formulas of torchvision, per image. `images`: [B,S,S,3] f32, 0-255; `factor`, `turns`: [B] f32,
// on the same device.
torch::Tensor adjust_brightness(const torch::Tensor& images, const torch::Tensor& factor);
torch::Tensor adjust_contrast(const torch::Tensor& images, const torch::Tensor& factor);
torch::Tensor adjust_saturation(const torch::Tensor& images, const torch::Tensor& factor);
torch::Tensor adjust_hue(const torch::Tensor& images, const torch::Tensor& turns);
torch::Tensor to_grayscale(const torch::Tensor& images);  // -> [B,S,S,1]

// Returns philox(key, position, block) of base/random.h for each position, [B] i64, and each block
// in 0..blocks-1: [B,blocks,4] i64 of 32-bit words, on the positions' device. Does not wait for the
// device.
torch::Tensor philox(std::uint64_t key, const torch::Tensor& positions, std::int64_t blocks);

// Returns the first `count` numbers of each position: uniform in [0,1), 32 bits. [B] i64 ->
// [B,count] f64.
torch::Tensor uniform_numbers(std::uint64_t key, const torch::Tensor& positions,
                              std::int64_t count);

// Returns normal numbers with mean 0 and standard deviation 1. Source: Box and Muller, "A note on
// the generation of random normal deviates" (1958). [B] i64 -> [B,count] f32.
torch::Tensor normal_numbers(std::uint64_t key, const torch::Tensor& positions, std::int64_t count);

}  // namespace rod::trainer
