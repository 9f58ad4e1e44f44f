#include "synth/recipes.h"

#include <array>

#include "dataset/class_names.h"

namespace rod::synth {
namespace {

constexpr std::array<Recipe, dataset::kClassNames.size()> kRecipes = {
    apple,      ball,     banana,     bell_pepper,     binder,      bowl,     calculator,
    camera,     cap,      cell_phone, cereal_box,      coffee_mug,  comb,     dry_battery,
    flashlight, food_bag, food_box,   food_can,        food_cup,    food_jar, garlic,
    glue_stick, greens,   hand_towel, instant_noodles, keyboard,    kleenex,  lemon,
    lightbulb,  marker,   mushroom,   notebook,        orange,      pear,     pitcher,
    plate,      pliers,   potato,     rubber_eraser,   scissors,    shampoo,  soda_can,
    sponge,     stapler,  toothbrush, toothpaste,      water_bottle};

// Screen colours to linear light.
Vector3 linear(Vector3 c) {
  return {std::pow(c.x, 2.2f), std::pow(c.y, 2.2f), std::pow(c.z, 2.2f)};
}

Vector3 from_hsv(float hue, float saturation, float value) {
  const auto channel = [&](float offset) {
    const float k = std::fmod(offset + hue / 60 + 6, 6.f);
    return value * (1 - saturation * std::clamp(std::min(k, 4 - k), 0.f, 1.f));
  };
  return {channel(5), channel(3), channel(1)};
}

}  // namespace

Paint Maker::paint(float hue, float saturation, float value, float gloss, float hue_share) {
  Paint paint;
  const auto h = hue + static_cast<float>(random.between(-hue_share, hue_share));
  const float v = std::min(vary(value), 1.f), s = std::min(vary(saturation), 1.f);
  paint.base = linear(from_hsv(h, s, v));
  paint.gloss = gloss;
  return paint;
}

Paint Maker::any_paint(float gloss) {
  const auto hue = static_cast<float>(random.between(0, 360)),
             value = static_cast<float>(random.between(0.4, 0.95)),
             saturation = static_cast<float>(random.between(0.45, 0.9));
  return paint(hue, saturation, value, gloss);
}

Solid make_model(std::size_t label, Random& random) {
  Maker maker{random, {}};
  kRecipes[label](maker);
  const Bounds box = bounds(maker.solid);
  const Vector3 side = box.high - box.low, foot = {box.centre().x, box.centre().y, box.low.z};
  const float scale = 1 / std::max({side.x, side.y, side.z});
  for (Part& part : maker.solid.parts) {
    part.centre = (part.centre - foot) * scale;
    // An arc's size holds an angle too.
    const float angle = part.size.z;
    part.size = part.size * scale;
    if (part.shape == Shape::kArc) part.size.z = angle;
    part.round *= scale;
    part.blend *= scale;
    for (auto& [radius, height] : part.profile) {
      radius *= scale;
      height *= scale;
    }
    const Pattern pattern = part.paint.pattern;
    if (pattern == Pattern::kLabel) {
      part.paint.low = (part.paint.low - foot.z) * scale;
      part.paint.high = (part.paint.high - foot.z) * scale;
    } else if (pattern != Pattern::kWedges) {
      part.paint.low *= scale;
    }
  }
  return maker.solid;
}

}  // namespace rod::synth
