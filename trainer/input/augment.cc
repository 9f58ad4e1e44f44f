#include "trainer/input/augment.h"

#include <array>
#include <cmath>

#include "base/random.h"
#include "trainer/input/crop_kernel.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

constexpr std::uint64_t kAugmentDraws = 0x61756721;  // apart from the seeds of orders

// (x / 255 - mean) / std with ImageNet's mean and standard deviation, as x * scale - offset.
constexpr std::array<float, 3> kScale = {1 / (255 * .229), 1 / (255 * .224), 1 / (255 * .225)};
constexpr std::array<float, 3> kOffset = {.485 / .229, .456 / .224, .406 / .225};

// [3], to go with the last dimension of images.
torch::Tensor channels(const std::array<float, 3>& values, const torch::Device& device) {
  return to_device(torch::tensor(at::ArrayRef<float>(values)), device);
}

// [B,H,W,3] u8 -> [B,base,base,3] u8. Pillow filters along rows, rounds to 8 bits, then along
// columns.
torch::Tensor resize(const torch::Tensor& images, std::int64_t base) {
  torch::Tensor x = images.permute({0, 3, 1, 2});
  for (const std::int64_t height : {images.size(1), base}) {
    if (x.size(2) == height && x.size(3) == base) continue;
    x = at::_upsample_bilinear2d_aa(x.to(torch::kFloat), {height, base}, /*align_corners=*/false);
    // A GPU adds in another order, so that a tie may fall a little short of its half.
    x = (x + (x.is_cuda() ? .5 + 1e-4 : .5)).floor_().clamp_(0, 255);
  }
  return x.to(torch::kByte).permute({0, 2, 3, 1}).contiguous();
}

std::int64_t rotation_column(Modality modality) {
  return modality == Modality::kRgb ? 3 : 4;
}

// Rotates each image counter-clockwise by k / angles of 360 degrees. [B,3,S,S] f32, 0-255 -> the
// same.
torch::Tensor rotate(const torch::Tensor& images, const torch::Tensor& augment, Modality modality,
                     std::int64_t angles) {
  const std::int64_t batch = images.size(0), size = images.size(2);
  const double half = double(size) / 2;
  const auto in_double = torch::dtype(torch::kDouble).device(images.device());
  const torch::Tensor angle =
      to_device(augment.select(1, rotation_column(modality)).to(torch::kDouble) *
                    (2 * M_PI / double(angles)),
                images.device())
          .view({batch, 1, 1});
  // From the centre, in pixels: where each output pixel lies, then where it comes from.
  const torch::Tensor line = torch::arange(size, in_double) + (.5 - half);
  const torch::Tensor x = line.view({1, 1, size}), y = line.view({1, size, 1});
  const torch::Tensor from =
      torch::stack({angle.cos() * x - angle.sin() * y, angle.sin() * x + angle.cos() * y}, 3);
  const torch::Tensor inside = ((from >= -half) & (from < half)).all(3).unsqueeze(1);
  const torch::Tensor values = at::grid_sampler_2d(images, (from / half).to(torch::kFloat),
                                                   /*bilinear=*/0, /*border=*/1,
                                                   /*align_corners=*/false);
  // Pillow cuts the fraction off; float32 may fall a little short of a whole number.
  return torch::where(inside, (values + 1e-4).floor_(), torch::zeros_like(values));
}

// For each sample the numbers (first, down, right), so that output pixel (i, j) is pixel
// first + i * down + j * right of the flattened [B*H*W] images. [B,3] i64, CPU.
torch::Tensor gather_strides(const torch::Tensor& augment, Modality modality, std::int64_t side,
                             std::int64_t image_size, bool rotate_quarters) {
  const torch::Tensor strides = torch::empty({augment.size(0), 3}, torch::kLong);
  const auto draws = augment.accessor<std::int64_t, 2>();
  auto out = strides.accessor<std::int64_t, 2>();
  for (std::int64_t b = 0; b < augment.size(0); ++b) {
    const std::int64_t top = draws[b][0], left = draws[b][1];
    const bool flip = draws[b][2] != 0;
    // The crop's pixel (0, 0) after flipping, and the steps to the pixels below it and right of it.
    std::int64_t first = (b * side + top) * side + left + (flip ? image_size - 1 : 0);
    std::int64_t down = side, right = flip ? -1 : 1;
    // A quarter turn counter-clockwise: the upper right corner comes first, rows run down what were
    // columns.
    for (std::int64_t quarter_turns = rotate_quarters ? draws[b][rotation_column(modality)] : 0;
         quarter_turns > 0; --quarter_turns) {
      first += right * (image_size - 1);
      const std::int64_t was_down = down;
      down = -right;
      right = was_down;
    }
    out[b][0] = first;
    out[b][1] = down;
    out[b][2] = right;
  }
  return strides;
}

}  // namespace

std::int64_t resize_base(std::int64_t image_size) {
  return (16 * image_size + 7) / 14;
}

torch::Tensor draw_augmentation(std::uint64_t seed, std::uint64_t stream, std::uint64_t epoch,
                                std::uint64_t first_n, std::int64_t batch, std::int64_t margin,
                                std::int64_t angles) {
  const std::uint64_t epoch_seed = derive_seed(derive_seed(seed, kAugmentDraws), epoch);
  const auto positions = static_cast<std::uint32_t>(margin + 1);
  const torch::Tensor augment = torch::empty({batch, 5}, torch::kLong);
  auto out = augment.accessor<std::int64_t, 2>();
  for (std::int64_t b = 0; b < batch; ++b) {
    Random random(epoch_seed, stream, first_n + static_cast<std::uint64_t>(b));
    out[b][0] = random.below(positions);
    out[b][1] = random.below(positions);
    out[b][2] = random.below(2);
    out[b][3] = angles > 1 ? random.below(static_cast<std::uint32_t>(angles)) : 0;
    out[b][4] = angles > 1 ? random.below(static_cast<std::uint32_t>(angles)) : 0;
  }
  return augment;
}

torch::Tensor center_augmentation(std::int64_t batch, std::int64_t margin) {
  const torch::Tensor augment = torch::zeros({batch, 5}, torch::kLong);
  augment.slice(1, 0, 2).fill_(
      std::nearbyint(margin / 2.));  // as torchvision rounds: halves to even
  return augment;
}

torch::Tensor relative_rotation(const torch::Tensor& augment, std::int64_t angles) {
  return (augment.select(1, 3) - augment.select(1, 4)).remainder(angles);
}

namespace {

// transform() with the numbers of gather_strides(), which are on the images' device.
torch::Tensor transform_by(const torch::Tensor& strides, const torch::Tensor& images,
                           const torch::Tensor& augment, Modality modality, std::int64_t image_size,
                           std::int64_t angles, const Look* look) {
  const bool quarters = angles <= kQuarterTurns;
  const std::int64_t batch = images.size(0), side = resize_base(image_size);
  const torch::Device device = images.device();
  const torch::Tensor squared =
      images.size(1) == side && images.size(2) == side ? images.contiguous() : resize(images, side);
  const bool changes = look != nullptr && look->appearance.changes(modality);
  if (quarters && !changes) {
    const auto inputs = crop_and_normalise(squared, strides, image_size, kScale, kOffset);
    if (inputs) return inputs->permute({0, 3, 1, 2});
  }
  const auto column = [&](int i) { return strides.select(1, i).view({batch, 1, 1}); };
  const torch::Tensor line = torch::arange(image_size, torch::dtype(torch::kLong).device(device));
  const torch::Tensor pixels =
      column(0) + column(1) * line.view({image_size, 1}) + column(2) * line;  // [B,S,S]

  torch::Tensor values = squared.view({-1, 3})
                             .index_select(0, pixels.view(-1))
                             .view({batch, image_size, image_size, 3})
                             .to(torch::kFloat);
  if (!quarters) {
    values = rotate(values.permute({0, 3, 1, 2}), augment, modality, angles).permute({0, 2, 3, 1});
  }
  if (changes) values = look->appearance.apply(values.contiguous(), look->place, modality);
  const torch::Tensor inputs =
      values.mul_(channels(kScale, device)).sub_(channels(kOffset, device)).permute({0, 3, 1, 2});
  return device.is_cpu() ? inputs.contiguous() : inputs;
}

}  // namespace

std::vector<torch::Tensor> transform_all(const std::vector<torch::Tensor>& images,
                                         const torch::Tensor& augment,
                                         const std::vector<Modality>& modalities,
                                         std::int64_t image_size, std::int64_t angles,
                                         const Look* look) {
  std::vector<torch::Tensor> strides;
  for (const Modality modality : modalities) {
    strides.push_back(gather_strides(augment, modality, resize_base(image_size), image_size,
                                     /*rotate_quarters=*/angles <= kQuarterTurns));
  }
  const torch::Tensor there = to_device(torch::stack(strides), images.front().device());
  std::vector<torch::Tensor> inputs;
  for (std::size_t i = 0; i < modalities.size(); ++i) {
    inputs.push_back(transform_by(there[static_cast<std::int64_t>(i)], images[i], augment,
                                  modalities[i], image_size, angles, look));
  }
  return inputs;
}

torch::Tensor transform(const torch::Tensor& images, const torch::Tensor& augment,
                        Modality modality, std::int64_t image_size, std::int64_t angles,
                        const Look* look) {
  return transform_all({images}, augment, {modality}, image_size, angles, look).front();
}

torch::Tensor to_pixels(const torch::Tensor& inputs) {
  const torch::Device device = inputs.device();
  const torch::Tensor values = inputs.permute({0, 2, 3, 1}) + channels(kOffset, device);
  return (values / channels(kScale, device)).round().clamp(0, 255).to(torch::kByte);
}

}  // namespace rod::trainer
