#include "trainer/input/appearance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "tests/trainer/parity_script.h"
#include "trainer/input/augment.h"

namespace rod::trainer {
namespace {

constexpr std::int64_t kInputSide = 28, kStoredSide = 32, kImages = 6;
constexpr BatchPlace kPlace{1, 2, 3, 40};

torch::Tensor noise_images(std::int64_t batch = kImages) {
  torch::manual_seed(7);
  return torch::randint(256, {batch, kInputSide, kInputSide, 3}, torch::kByte).to(torch::kFloat);
}

TrainConfig everything() {
  TrainConfig config;
  config.color_jitter = .4;
  config.hue_jitter = .2;
  config.grayscale_p = .3;
  config.erasing_p = .6;
  config.depth_noise = .05;
  config.depth_dropout_p = .1;
  return config;
}

// Formulas of torchvision 0.20's transforms/_functional_tensor.py, for one pixel in 0-1.
struct Pixel {
  double r, g, b;
};

double clamp01(double value) {
  return std::clamp(value, 0., 1.);
}

double gray_of(const Pixel& p) {
  return .2989 * p.r + .587 * p.g + .114 * p.b;
}

Pixel blend_of(const Pixel& p, const Pixel& q, double ratio) {
  return {clamp01(ratio * p.r + (1 - ratio) * q.r), clamp01(ratio * p.g + (1 - ratio) * q.g),
          clamp01(ratio * p.b + (1 - ratio) * q.b)};
}

// _rgb2hsv, a shift of the hue, _hsv2rgb with its table of sextants.
Pixel hue_of(const Pixel& p, double shift) {
  const double most = std::max({p.r, p.g, p.b}), least = std::min({p.r, p.g, p.b});
  double h = 0, s = 0;
  if (most != least) {
    const double range = most - least;
    s = range / most;
    const double rc = (most - p.r) / range, gc = (most - p.g) / range, bc = (most - p.b) / range;
    h = most == p.r ? bc - gc : most == p.g ? 2 + rc - bc : 4 + gc - rc;
    h = std::fmod(h / 6 + 1, 1.);
  }
  h = std::fmod(h + shift + 1, 1.);
  const int i = static_cast<int>(std::floor(h * 6)) % 6;
  const double f = h * 6 - std::floor(h * 6), v = most;
  const double low = clamp01(v * (1 - s)), falling = clamp01(v * (1 - s * f)),
               rising = clamp01(v * (1 - s * (1 - f)));
  const Pixel sextants[] = {{v, rising, low},  {falling, v, low}, {low, v, rising},
                            {low, falling, v}, {rising, low, v},  {v, low, falling}};
  return sextants[i];
}

// Calls of(pixel) for each pixel of `images`, in 0-1.
template <typename Of>
torch::Tensor each_pixel(const torch::Tensor& images, const Of& of) {
  torch::Tensor out = images.clone();
  auto* const values = out.data_ptr<float>();
  for (std::int64_t n = 0; n < out.numel(); n += 3) {
    const Pixel p = of({values[n] / 255., values[n + 1] / 255., values[n + 2] / 255.});
    values[n] = float(255 * p.r);
    values[n + 1] = float(255 * p.g);
    values[n + 2] = float(255 * p.b);
  }
  return out;
}

void expect_near(const torch::Tensor& found, const torch::Tensor& expected) {
  EXPECT_LT((found - expected).abs().max().item<double>(), 1e-4 * 255);
}

TEST(Appearance, AdjustsColoursAsTorchvisionDoes) {
  torch::Tensor images = noise_images(1);
  images[0][0][0].fill_(0);  // black and grey have no hue
  images[0][0][1].fill_(77);
  for (const double ratio : {.6, 1., 1.4}) {
    const torch::Tensor factor = torch::full({1}, ratio, torch::kFloat);
    expect_near(adjust_brightness(images, factor),
                each_pixel(images, [&](const Pixel& p) { return blend_of(p, {}, ratio); }));
    expect_near(adjust_saturation(images, factor), each_pixel(images, [&](const Pixel& p) {
                  const double gray = gray_of(p);
                  return blend_of(p, {gray, gray, gray}, ratio);
                }));
    double mean = 0;
    each_pixel(images, [&](const Pixel& p) {
      mean += gray_of(p) / double(kInputSide * kInputSide);
      return p;
    });
    expect_near(adjust_contrast(images, factor), each_pixel(images, [&](const Pixel& p) {
                  return blend_of(p, {mean, mean, mean}, ratio);
                }));
  }
  for (const double shift : {-.5, -.2, 0., .1, .5}) {
    expect_near(adjust_hue(images, torch::full({1}, shift, torch::kFloat)),
                each_pixel(images, [&](const Pixel& p) { return hue_of(p, shift); }));
  }
  expect_near(to_grayscale(images).expand_as(images), each_pixel(images, [](const Pixel& p) {
                return Pixel{gray_of(p), gray_of(p), gray_of(p)};
              }));
}

// [B,S,S,3] as nested lists, for a script.
nlohmann::json to_lists(const torch::Tensor& values) {
  if (values.dim() == 0) return values.item<double>();
  nlohmann::json lists = nlohmann::json::array();
  for (const torch::Tensor& one : values.unbind(0)) lists.push_back(to_lists(one));
  return lists;
}

TEST(Appearance, GivesTorchvisionsOwnFigures) {
  if (std::string_view(ROD_TEST_PYTHON).empty()) GTEST_SKIP() << "no Python with torch";
  const torch::Tensor images = noise_images(2);
  nlohmann::json cases = nlohmann::json::array();
  const auto add = [&](const char* function, double value, const torch::Tensor& result) {
    cases.push_back({{"function", function}, {"value", value}, {"result", to_lists(result)}});
  };
  for (const double value : {0., .6, 1., 1.4}) {
    const torch::Tensor factor = torch::full({2}, value, torch::kFloat);
    add("adjust_brightness", value, adjust_brightness(images, factor));
    add("adjust_contrast", value, adjust_contrast(images, factor));
    add("adjust_saturation", value, adjust_saturation(images, factor));
  }
  for (const double value : {-.5, -.2, 0., .1, .5})
    add("adjust_hue", value, adjust_hue(images, torch::full({2}, value, torch::kFloat)));
  add("rgb_to_grayscale", 0, to_grayscale(images).expand_as(images));
  TrainConfig config;
  config.erasing_p = 1;
  const Appearance appearance(config);
  const Rectangle r = *appearance.draw(kPlace, kInputSide).erased_rgb;
  const torch::Tensor one = noise_images(1);
  cases.push_back({{"function", "erase"},
                   {"value", {r.top, r.left, r.height, r.width}},
                   {"result", to_lists(appearance.apply(one.clone(), kPlace, Modality::kRgb))}});
  const int status =
      run_parity_script("check_appearance.py", {{"images", to_lists(images)}, {"cases", cases}});
  if (status == kScriptSkipped) GTEST_SKIP() << "no torchvision";
  EXPECT_EQ(status, 0);
}

TEST(Appearance, TreatsEachSampleByItsOwnDraw) {
  const Appearance appearance(everything());
  for (const Modality modality : {Modality::kRgb, Modality::kDepth}) {
    const torch::Tensor images = noise_images();
    const torch::Tensor all = appearance.apply(images.clone(), kPlace, modality);
    for (std::int64_t b = 0; b < kImages; ++b) {
      BatchPlace place = kPlace;
      place.first_n += static_cast<std::uint64_t>(b);
      const torch::Tensor one =
          appearance.apply(images.slice(0, b, b + 1).clone(), place, modality);
      EXPECT_TRUE(one.allclose(all.slice(0, b, b + 1), 0, 1e-3)) << b;
      EXPECT_FALSE(one.allclose(images.slice(0, b, b + 1))) << b;
    }
  }
}

TEST(Appearance, AppliesItsStepsInTheOrderThatItDrew) {
  TrainConfig config;
  config.color_jitter = .4;
  config.hue_jitter = .2;
  const Appearance appearance(config);
  const torch::Tensor images = noise_images(1);
  std::set<int> first;
  for (std::uint64_t n = 0; n < 24; ++n) {
    const BatchPlace place{1, 2, 3, n};
    const AppearanceDraw draw = appearance.draw(place, kInputSide);
    torch::Tensor expected = images;
    for (const JitterStep step : draw.order) {
      const auto factor = [](double value) { return torch::full({1}, value, torch::kFloat); };
      if (step == JitterStep::kBrightness)
        expected = adjust_brightness(expected, factor(draw.brightness));
      if (step == JitterStep::kContrast)
        expected = adjust_contrast(expected, factor(draw.contrast));
      if (step == JitterStep::kSaturation)
        expected = adjust_saturation(expected, factor(draw.saturation));
      if (step == JitterStep::kHue) expected = adjust_hue(expected, factor(draw.hue));
    }
    first.insert(static_cast<int>(draw.order[0]));
    EXPECT_TRUE(appearance.apply(images.clone(), place, Modality::kRgb).equal(expected)) << n;
  }
  EXPECT_EQ(first.size(), 4u);
}

TEST(Appearance, DrawsWithinItsBoundsAndDependsOnItsPlaceAlone) {
  const Appearance appearance(everything());
  int gray = 0, erased = 0;
  for (std::uint64_t n = 0; n < 4000; ++n) {
    const AppearanceDraw draw = appearance.draw({1, 2, 3, n}, 64);
    for (const double factor : {draw.brightness, draw.contrast, draw.saturation}) {
      EXPECT_TRUE(factor >= .6 && factor <= 1.4);
    }
    EXPECT_LE(std::abs(draw.hue), .2);
    gray += draw.grayscale;
    if (!draw.erased_rgb) continue;
    ++erased;
    const Rectangle& r = *draw.erased_rgb;
    const double share = double(r.height * r.width) / (64 * 64), ratio = double(r.height) / r.width;
    EXPECT_TRUE(share > .015 && share < .35) << share;
    EXPECT_TRUE(ratio > .25 && ratio < 4) << ratio;
    EXPECT_TRUE(r.top >= 0 && r.left >= 0 && r.top + r.height <= 64 && r.left + r.width <= 64);
  }
  EXPECT_NEAR(gray / 4000., .3, .04);
  EXPECT_NEAR(erased / 4000., .6, .04);
  const auto brightness = [&](const BatchPlace& place) {
    return appearance.draw(place, kInputSide).brightness;
  };
  EXPECT_EQ(brightness(kPlace), brightness(kPlace));
  for (const BatchPlace& other :
       {BatchPlace{9, 2, 3, 40}, {1, 9, 3, 40}, {1, 2, 9, 40}, {1, 2, 3, 41}}) {
    EXPECT_NE(brightness(kPlace), brightness(other));
  }
}

TEST(Appearance, ErasesARectangleToImageNetsMean) {
  TrainConfig config;
  config.erasing_p = 1;
  const Appearance appearance(config);
  for (const Modality modality : {Modality::kRgb, Modality::kDepth}) {
    const torch::Tensor images = noise_images(1);
    const AppearanceDraw draw = appearance.draw(kPlace, kInputSide);
    const Rectangle r = modality == Modality::kRgb ? *draw.erased_rgb : *draw.erased_depth;
    torch::Tensor expected = images.clone();
    expected.slice(1, r.top, r.top + r.height)
        .slice(2, r.left, r.left + r.width)
        .copy_(torch::tensor({.485f * 255, .456f * 255, .406f * 255}));
    expect_near(appearance.apply(images.clone(), kPlace, modality), expected);
  }
}

TEST(Appearance, AddsNoiseOfItsDeviationAndHolesOfItsShareToDepth) {
  TrainConfig config;
  config.depth_noise = .05;
  const torch::Tensor gray = torch::full({4, 100, 100, 3}, 128, torch::kFloat);
  const torch::Tensor noise =
      Appearance(config).apply(gray.clone(), kPlace, Modality::kDepth) - gray;
  EXPECT_NEAR(noise.std().item<double>(), .05 * 255, .1);
  EXPECT_NEAR(noise.mean().item<double>(), 0, .15);
  EXPECT_FALSE(Appearance(config).changes(Modality::kRgb));

  config.depth_noise = 0;
  config.depth_dropout_p = .1;
  const torch::Tensor holes = Appearance(config).apply(gray.clone(), kPlace, Modality::kDepth);
  EXPECT_TRUE(holes.eq(0).logical_or(holes.eq(128)).all().item<bool>());
  EXPECT_TRUE(holes.amax(3).equal(holes.amin(3))) << "whole pixels are missing";
  EXPECT_NEAR(holes.eq(0).to(torch::kFloat).mean().item<double>(), .1, .006);
}

TEST(Appearance, IsAppliedBetweenTheCropAndNormalisation) {
  TrainConfig config;
  config.color_jitter = .4;
  const Appearance appearance(config);
  torch::manual_seed(7);
  const torch::Tensor images = torch::randint(256, {2, kStoredSide, kStoredSide, 3}, torch::kByte);
  const torch::Tensor augment = draw_augmentation(1, 0, 0, 0, 2, kStoredSide - kInputSide, 4);
  const Look look{appearance, kPlace};
  const torch::Tensor changed = transform(images, augment, Modality::kRgb, kInputSide, 4, &look);
  const torch::Tensor plain = transform(images, augment, Modality::kRgb, kInputSide, 4);
  const torch::Tensor expected =
      appearance.apply(to_pixels(plain).to(torch::kFloat).contiguous(), kPlace, Modality::kRgb);
  const torch::Tensor mean = torch::tensor({.485f, .456f, .406f}),
                      deviation = torch::tensor({.229f, .224f, .225f});
  EXPECT_TRUE(changed.permute({0, 2, 3, 1}).allclose((expected / 255 - mean) / deviation, 0, 1e-4));
  EXPECT_TRUE(transform(images, augment, Modality::kDepth, kInputSide, 4, &look)
                  .equal(transform(images, augment, Modality::kDepth, kInputSide, 4)));
}

TEST(Appearance, RefusesOptionsOfAnImageThatIsNotUsed) {
  TrainConfig depth = everything(), rgb = everything();
  depth.modality = "depth";
  rgb.modality = "rgb";
  EXPECT_THROW(require_appearance_options(depth), Error);
  EXPECT_THROW(require_appearance_options(rgb), Error);
  EXPECT_NO_THROW(require_appearance_options(everything()));
  rgb.depth_noise = rgb.depth_dropout_p = 0;
  EXPECT_NO_THROW(require_appearance_options(rgb));
}

TEST(Philox, EqualsTheFunctionOfSingleNumbers) {
  const std::uint64_t key = 0xFEDCBA9876543210;
  const std::vector<std::int64_t> positions = {5, 0x123456789ABCDEF};
  const torch::Tensor words = philox(key, torch::tensor(positions), 3);
  for (std::int64_t b = 0; b < 2; ++b) {
    for (std::int64_t block = 0; block < 3; ++block) {
      const auto expected =
          rod::philox(key, static_cast<std::uint64_t>(positions[static_cast<std::size_t>(b)]),
                      static_cast<std::uint64_t>(block));
      for (std::int64_t i = 0; i < 4; ++i) {
        EXPECT_EQ(words[b][block][i].item<std::int64_t>(),
                  std::int64_t{expected[static_cast<std::size_t>(i)]});
      }
    }
  }
}

}  // namespace
}  // namespace rod::trainer
