#include "trainer/input/appearance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

// Apart from the seeds of orders and of crops.
constexpr std::uint64_t kAppearanceDraws = 0x6C6F6F6B, kNoiseDraws = 0x6E6F6973,
                        kHoleDraws = 0x686F6C65;
constexpr double kLargest = 255;
constexpr double kMeanColour[] = {.485 * 255, .456 * 255, .406 * 255};  // ImageNet's

// torchvision.transforms.RandomErasing's defaults.
constexpr double kErasedShare[] = {.02, .33}, kErasedRatio[] = {.3, 3.3};
constexpr int kErasingTries = 10;

torch::Tensor per_image(const torch::Tensor& values) {
  return values.view({-1, 1, 1, 1});
}

torch::Tensor blend(const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& factor) {
  const torch::Tensor share = per_image(factor);
  return (share * a + (1 - share) * b).clamp_(0, kLargest);
}

std::optional<Rectangle> draw_rectangle(Random& random, double p, std::int64_t size) {
  if (!random.chance(p)) return std::nullopt;
  const auto side = static_cast<double>(size);
  for (int i = 0; i < kErasingTries; ++i) {
    const double area = side * side * random.between(kErasedShare[0], kErasedShare[1]);
    const double ratio =
        std::exp(random.between(std::log(kErasedRatio[0]), std::log(kErasedRatio[1])));
    Rectangle found;
    found.height = std::llround(std::sqrt(area * ratio));
    found.width = std::llround(std::sqrt(area / ratio));
    if (found.height < 1 || found.width < 1 || found.height >= size || found.width >= size)
      continue;
    found.top = random.below(static_cast<std::uint32_t>(size - found.height + 1));
    found.left = random.below(static_cast<std::uint32_t>(size - found.width + 1));
    return found;
  }
  return std::nullopt;
}

torch::Tensor adjust(JitterStep step, const torch::Tensor& images, const torch::Tensor& factor) {
  switch (step) {
    case JitterStep::kBrightness:
      return adjust_brightness(images, factor);
    case JitterStep::kContrast:
      return adjust_contrast(images, factor);
    case JitterStep::kSaturation:
      return adjust_saturation(images, factor);
    case JitterStep::kHue:
      break;
  }
  return adjust_hue(images, factor);
}

double factor_of(JitterStep step, const AppearanceDraw& draw) {
  switch (step) {
    case JitterStep::kBrightness:
      return draw.brightness;
    case JitterStep::kContrast:
      return draw.contrast;
    case JitterStep::kSaturation:
      return draw.saturation;
    case JitterStep::kHue:
      break;
  }
  return draw.hue;
}

// Each image in its own order: at each of the four places, those images together whose step is the
// same.
void jitter(torch::Tensor& images, const std::vector<AppearanceDraw>& draws,
            const std::vector<JitterStep>& steps) {
  for (std::size_t at = 0; at < draws.front().order.size(); ++at) {
    for (const JitterStep step : steps) {
      std::vector<std::int64_t> chosen;
      std::vector<float> factors;
      for (std::size_t b = 0; b < draws.size(); ++b) {
        if (draws[b].order[at] != step) continue;
        chosen.push_back(static_cast<std::int64_t>(b));
        factors.push_back(static_cast<float>(factor_of(step, draws[b])));
      }
      if (chosen.empty()) continue;
      const torch::Tensor index = to_device(torch::tensor(chosen), images.device());
      const torch::Tensor factor = to_device(torch::tensor(factors), images.device());
      images.index_copy_(0, index, adjust(step, images.index_select(0, index), factor));
    }
  }
}

void make_gray(torch::Tensor& images, const std::vector<AppearanceDraw>& draws) {
  std::vector<std::int64_t> chosen;
  for (std::size_t b = 0; b < draws.size(); ++b) {
    if (draws[b].grayscale) chosen.push_back(static_cast<std::int64_t>(b));
  }
  if (chosen.empty()) return;
  const torch::Tensor index = to_device(torch::tensor(chosen), images.device());
  images.index_copy_(
      0, index, to_grayscale(images.index_select(0, index)).expand({-1, -1, -1, 3}).contiguous());
}

void erase(torch::Tensor& images, const std::vector<AppearanceDraw>& draws, Modality modality) {
  const torch::Tensor mean =
      to_device(torch::tensor(at::ArrayRef<double>(kMeanColour), torch::kFloat), images.device());
  for (std::size_t b = 0; b < draws.size(); ++b) {
    const auto& erased = modality == Modality::kRgb ? draws[b].erased_rgb : draws[b].erased_depth;
    if (!erased) continue;
    images[static_cast<std::int64_t>(b)]
        .narrow(0, erased->top, erased->height)
        .narrow(1, erased->left, erased->width)
        .copy_(mean);
  }
}

}  // namespace

torch::Tensor adjust_brightness(const torch::Tensor& images, const torch::Tensor& factor) {
  return (per_image(factor) * images).clamp_(0, kLargest);
}

torch::Tensor adjust_contrast(const torch::Tensor& images, const torch::Tensor& factor) {
  return blend(images, to_grayscale(images).mean({1, 2, 3}, /*keepdim=*/true), factor);
}

torch::Tensor adjust_saturation(const torch::Tensor& images, const torch::Tensor& factor) {
  return blend(images, to_grayscale(images), factor);
}

// In HSV. Source: Smith, "Color gamut transform pairs", SIGGRAPH 1978.
torch::Tensor adjust_hue(const torch::Tensor& images, const torch::Tensor& turns) {
  const torch::Tensor r = images.select(3, 0), g = images.select(3, 1), b = images.select(3, 2);
  const torch::Tensor value = images.amax(3), chroma = value - images.amin(3);
  const torch::Tensor one = torch::ones_like(value);
  const torch::Tensor divisor = torch::where(chroma > 0, chroma, one);
  const torch::Tensor sixths =
      torch::where(value == r, (g - b) / divisor,
                   torch::where(value == g, (b - r) / divisor + 2, (r - g) / divisor + 4));
  const torch::Tensor hue = (sixths + 6 * turns.view({-1, 1, 1})).remainder(6);
  // Each channel falls short of the value by the chroma times a trapezium of the hue.
  const auto channel = [&](double shift) {
    const torch::Tensor k = (hue + shift).remainder(6);
    return value - chroma * torch::min(k, 4 - k).clamp(0, 1);
  };
  return torch::stack({channel(5), channel(3), channel(1)}, 3);
}

torch::Tensor to_grayscale(const torch::Tensor& images) {
  return (.2989 * images.select(3, 0) + .587 * images.select(3, 1) + .114 * images.select(3, 2))
      .unsqueeze(3);
}

void require_appearance_options(const TrainConfig& config) {
  const auto require = [&](const char* option, double value, const char* modality) {
    if (value == 0) return;
    throw Error(ErrorKind::kUsage, fmt::format("{} changes {} images, which --modality {} leaves "
                                               "out; leave out the option, or take another "
                                               "--modality",
                                               option, modality, config.modality));
  };
  if (config.modality == "depth") {
    require("--color-jitter", config.color_jitter, "RGB");
    require("--hue-jitter", config.hue_jitter, "RGB");
    require("--grayscale-p", config.grayscale_p, "RGB");
  }
  if (config.modality == "rgb") {
    require("--depth-noise", config.depth_noise, "depth");
    require("--depth-dropout-p", config.depth_dropout_p, "depth");
  }
}

Appearance::Appearance(const TrainConfig& config)
    : color_jitter_(config.color_jitter),
      hue_jitter_(config.hue_jitter),
      grayscale_p_(config.grayscale_p),
      erasing_p_(config.erasing_p),
      depth_noise_(config.depth_noise),
      depth_dropout_p_(config.depth_dropout_p) {}

bool Appearance::changes(Modality modality) const {
  if (erasing_p_ > 0) return true;
  return modality == Modality::kRgb ? color_jitter_ > 0 || hue_jitter_ > 0 || grayscale_p_ > 0
                                    : depth_noise_ > 0 || depth_dropout_p_ > 0;
}

AppearanceDraw Appearance::draw(const BatchPlace& place, std::int64_t size) const {
  const std::uint64_t epoch_seed =
      derive_seed(derive_seed(place.seed, kAppearanceDraws), place.epoch);
  Random random(epoch_seed, place.stream, place.first_n);
  AppearanceDraw draw;
  const double least = std::max(0., 1 - color_jitter_), most = 1 + color_jitter_;
  for (double* factor : {&draw.brightness, &draw.contrast, &draw.saturation}) {
    *factor = random.between(least, most);
  }
  draw.hue = random.between(-hue_jitter_, hue_jitter_);
  draw.order = {JitterStep::kBrightness, JitterStep::kContrast, JitterStep::kSaturation,
                JitterStep::kHue};
  for (std::uint32_t left = 4; left > 1; --left) {
    std::swap(draw.order[left - 1], draw.order[random.below(left)]);
  }
  draw.grayscale = random.chance(grayscale_p_);
  draw.erased_rgb = draw_rectangle(random, erasing_p_, size);
  draw.erased_depth = draw_rectangle(random, erasing_p_, size);
  return draw;
}

torch::Tensor Appearance::apply(torch::Tensor images, const BatchPlace& place,
                                Modality modality) const {
  if (images.size(0) == 0 || !changes(modality)) return images;
  std::vector<AppearanceDraw> draws;
  for (std::int64_t b = 0; b < images.size(0); ++b) {
    BatchPlace of_sample = place;
    of_sample.first_n += static_cast<std::uint64_t>(b);
    draws.push_back(draw(of_sample, images.size(1)));
  }
  if (modality == Modality::kRgb) {
    std::vector<JitterStep> steps;
    if (color_jitter_ > 0) {
      steps = {JitterStep::kBrightness, JitterStep::kContrast, JitterStep::kSaturation};
    }
    if (hue_jitter_ > 0) steps.push_back(JitterStep::kHue);
    jitter(images, draws, steps);
    if (grayscale_p_ > 0) make_gray(images, draws);
  }
  if (erasing_p_ > 0) erase(images, draws, modality);
  if (modality == Modality::kRgb) return images;

  const auto key = [&](std::uint64_t draws_of) {
    return derive_seed(derive_seed(derive_seed(place.seed, draws_of), place.epoch), place.stream);
  };
  const torch::Tensor positions =
      torch::arange(images.size(0), torch::dtype(torch::kLong).device(images.device())) +
      static_cast<std::int64_t>(place.first_n);
  const std::int64_t pixels = images.size(1) * images.size(2);
  if (depth_noise_ > 0) {
    const torch::Tensor noise =
        normal_numbers(key(kNoiseDraws), positions, 3 * pixels).view(images.sizes());
    images = images.add_(noise, depth_noise_ * kLargest).clamp_(0, kLargest);
  }
  if (depth_dropout_p_ > 0) {
    const torch::Tensor missing =
        uniform_numbers(key(kHoleDraws), positions, pixels).lt(depth_dropout_p_);
    images =
        images.masked_fill_(missing.view({images.size(0), images.size(1), images.size(2), 1}), 0);
  }
  return images;
}

}  // namespace rod::trainer
