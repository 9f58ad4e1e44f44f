// Things that hold food or drink: profiles turned about an axis, and boxes.
#include "synth/recipes.h"

namespace rod::synth {
namespace {

Paint labelled(Paint paint, const Paint& label, float low, float high) {
  paint.pattern = Pattern::kLabel;
  paint.second = label.base;
  paint.low = low;
  paint.high = high;
  return paint;
}

}  // namespace

void bowl(Maker& m) {
  const Paint paint = m.chance(0.5) ? m.any_paint(0.6f) : m.paint(40, 0.1f, 0.9f, 0.6f);
  const float h = m.vary(0.42f), r = 0.5f;
  m.solid.lathe({{0, 0},
                 {0.2f, 0},
                 {0.2f, 0.05f},
                 {0.36f, h * 0.35f},
                 {0.46f, h * 0.7f},
                 {r, h},
                 {r - 0.04f, h},
                 {0.4f, h * 0.68f},
                 {0.28f, h * 0.34f},
                 {0, 0.09f}},
                0.012f, paint);
}

void cereal_box(Maker& m) {
  const float high = m.vary(0.62f), low = m.vary(0.28f);
  const Paint label = m.any_paint(), paint = labelled(m.any_paint(0.25f), label, low, high);
  const float w = m.vary(0.34f), d = m.vary(0.11f);
  m.solid.box({0, 0, 0.5f}, {w, d, 0.5f}, 0.01f, paint);
  const Paint badge = m.any_paint();
  m.solid.ellipsoid({0, -d, m.vary(0.78f, 0.04f)}, {w * 0.7f, 0.015f, 0.1f}, badge);
  m.solid.box({0, 0, 1.0f}, {w * 0.5f, 0.015f, 0.03f}, 0.005f, m.paint(35, 0.3f, 0.8f));
}

void coffee_mug(Maker& m) {
  const Paint paint = m.chance(0.75) ? m.any_paint(0.6f) : m.paint(0, 0, 0.95f, 0.6f);
  const float r = m.vary(0.36f), h = m.vary(0.8f);
  m.solid.arc({r + 0.03f, 0, h * 0.5f}, h * 0.27f, 0.05f, 180, paint);
  m.solid.cylinder({0, 0, h * 0.5f}, r - 0.01f, h * 0.5f, 0.02f, paint).blended(0.03f);
  m.solid.cylinder({0, 0, h * 0.5f + 0.06f}, r - 0.05f, h * 0.5f, 0.02f, m.paint(30, 0.15f, 0.85f))
      .cut();
}

void food_bag(Maker& m) {
  const Paint label = m.any_paint(), paint = labelled(m.any_paint(0.6f), label, 0.3f, 0.66f);
  const float w = m.vary(0.32f), d = m.vary(0.18f);
  m.solid.ellipsoid({0, 0, 0.42f}, {w, d, 0.44f}, paint);
  m.solid.box({0, 0, 0.42f}, {w, 0.05f, 0.46f}, 0.03f, paint).blended(0.2f);
  m.solid.box({0, 0, 0.93f}, {w * 0.96f, 0.02f, 0.07f}, 0.01f, m.any_paint(0.6f)).blended(0.04f);
  m.solid.box({0, 0, 0.01f}, {w * 0.9f, d * 0.6f, 0.03f}, 0.02f, paint).blended(0.1f);
}

void food_box(Maker& m) {
  const float high = m.vary(0.3f), low = m.vary(0.12f);
  const Paint label = m.paint(45, 0.2f, 0.95f),
              paint = labelled(m.any_paint(0.25f), label, low, high);
  const Vector3 half = {m.vary(0.5f, 0.08f), m.vary(0.2f), m.vary(0.24f)};
  m.solid.box({0, 0, m.vary(0.24f)}, half, 0.01f, paint);
  m.solid.box({0, -0.02f, 0.49f}, {0.3f, 0.12f, 0.012f}, 0.005f, m.any_paint());
}

void food_can(Maker& m) {
  const float r = m.vary(0.34f), h = m.vary(0.46f, 0.08f);
  const Paint label = m.any_paint(), paper = labelled(m.any_paint(0.2f), label, h * 0.5f, h * 1.2f),
              tin = m.paint(210, 0.05f, 0.75f, 0.9f);
  m.solid.cylinder({0, 0, h}, r, h - 0.05f, 0.005f, paper);
  m.solid.cylinder({0, 0, 0.03f}, r + 0.025f, 0.03f, 0.015f, tin);
  m.solid.cylinder({0, 0, 2 * h - 0.03f}, r + 0.025f, 0.03f, 0.015f, tin);
  m.solid.cylinder({0, 0, 2 * h + 0.01f}, r - 0.03f, 0.03f, 0.005f, tin).cut();
}

void food_cup(Maker& m) {
  const float rim = m.vary(0.4f), foot = rim * m.vary(0.68f, 0.06f), h = m.vary(0.62f);
  const Paint label = m.any_paint();
  m.solid.lathe({{0, 0}, {foot, 0}, {rim, h}, {0, h}}, 0.012f,
                labelled(m.paint(0, 0, 0.95f), label, h * 0.25f, h * 0.75f));
  m.solid.cylinder({0, 0, h + 0.02f}, rim + 0.03f, 0.03f, 0.015f, m.any_paint(0.7f));
  m.solid.box({rim + 0.05f, 0, h + 0.02f}, {0.07f, 0.06f, 0.012f}, 0.01f,
              m.paint(210, 0.05f, 0.8f, 0.8f));
}

void food_jar(Maker& m) {
  const float r = m.vary(0.33f), h = m.vary(0.66f, 0.08f);
  const Paint label = m.paint(45, 0.1f, 0.95f),
              glass = labelled(m.paint(m.chance(0.5) ? 15.f : 42.f, 0.75f, 0.55f, 0.9f), label,
                               0.16f, h * 0.75f);
  m.solid.lathe({{0, 0}, {r, 0.02f}, {r, h}, {r * 0.72f, h + 0.12f}, {0, h + 0.12f}}, 0.02f, glass);
  m.solid.cylinder({0, 0, h + 0.2f}, r * 0.84f, 0.09f, 0.015f, m.any_paint(0.5f));
}

void instant_noodles(Maker& m) {
  const Paint label = m.any_paint(),
              wrap = labelled(m.paint(m.chance(0.6) ? 5.f : 40.f, 0.85f, 0.85f, 0.6f), label, 0.1f,
                              0.2f);
  const float w = m.vary(0.4f, 0.06f), d = m.vary(0.32f);
  m.solid.box({0, 0, 0.13f}, {w, d, 0.13f}, 0.08f, wrap);
  m.solid.ellipsoid({0, 0, 0.2f}, {w * 0.6f, d * 0.6f, 0.1f}, m.paint(48, 0.6f, 0.95f))
      .blended(0.06f);
  for (const float side : {-1.f, 1.f}) {
    m.solid.box({side * (w + 0.05f), 0, 0.13f}, {0.1f, d * 0.95f, 0.02f}, 0.01f,
                m.paint(45, 0.3f, 0.9f, 0.6f));
  }
}

void kleenex(Maker& m) {
  const float w = m.vary(0.48f, 0.06f), d = m.vary(0.26f), h = m.vary(0.17f);
  Paint paint = m.any_paint();
  paint.pattern = Pattern::kSpeckles;
  paint.second = m.paint(0, 0, 0.95f).base;
  paint.low = 0.13f;
  m.solid.box({0, 0, h}, {w, d, h}, 0.012f, paint);
  const Paint tissue = m.paint(0, 0, 0.97f, 0);
  m.solid.ellipsoid({0, 0, 2 * h}, {0.2f, 0.09f, 0.02f}, tissue);
  m.solid
      .lathe({{0, 0}, {0.16f, 0}, {0.09f, 0.14f}, {m.vary(0.13f, 0.3f), 0.26f}, {0, 0.2f}}, 0.01f,
             tissue)
      .centre = {0, 0, 2 * h};
}

void pitcher(Maker& m) {
  const Paint paint = m.chance(0.4) ? m.paint(205, 0.25f, 0.9f, 0.8f) : m.any_paint(0.5f);
  const float r = m.vary(0.27f), h = m.vary(0.95f, 0.06f);
  m.solid.lathe(
      {{0, 0}, {r * 0.8f, 0}, {r * 1.1f, h * 0.3f}, {r * 0.75f, h * 0.8f}, {r, h}, {0, h}}, 0.02f,
      paint);
  m.solid.ellipsoid({-r, 0, h - 0.03f}, {0.14f, 0.08f, 0.07f}, paint).blended(0.08f);
  m.solid.arc({r * 0.95f, 0, h * 0.58f}, h * 0.25f, 0.04f, 180, paint).blended(0.03f);
  m.solid
      .lathe({{0, h * 0.2f},
              {r, h * 0.3f},
              {r * 0.65f, h * 0.8f},
              {r * 0.9f, h * 1.1f},
              {0, h * 1.1f}},
             0, paint)
      .cut();
}

void plate(Maker& m) {
  Paint paint = m.paint(m.vary(120, 1), 0.1f, 0.95f, 0.6f);
  m.solid.lathe(
      {{0, 0}, {0.27f, 0}, {0.3f, 0.03f}, {0.5f, 0.1f}, {0.5f, 0.12f}, {0.3f, 0.055f}, {0, 0.04f}},
      0.01f, paint);
  const Paint rim = m.any_paint(0.6f);
  m.solid.arc({0, 0, m.vary(0.112f, 0.04f)}, 0.485f, 0.02f, 180, rim).turn(0, 90);
  m.solid.arc({0, 0, 0.05f}, 0.29f, 0.012f, 180, rim).turn(0, 90);
}

void shampoo(Maker& m) {
  const Paint label = m.any_paint(), paint = labelled(m.any_paint(0.5f), label, 0.18f, 0.52f);
  const float w = m.vary(0.22f), h = m.vary(0.66f, 0.08f);
  m.solid.box({0, 0, h * 0.5f}, {w, 0.13f, h * 0.5f}, 0.1f, paint);
  m.solid.box({0, 0, 0.08f}, {w, 0.13f, 0.08f}, 0.04f, paint).blended(0.03f);
  const Paint top = m.chance(0.5) ? m.paint(0, 0, 0.92f, 0.5f) : m.any_paint(0.5f);
  m.solid.cylinder({0, 0, h + 0.06f}, 0.09f, 0.09f, 0.015f, top);
  m.solid.cylinder({0, 0, h + 0.2f}, 0.035f, 0.07f, 0.01f, top);
  m.solid.stick({0, 0, h + 0.28f}, {-0.16f, 0, h + 0.26f}, 0.04f, top);
}

void soda_can(Maker& m) {
  const float r = m.vary(0.27f, 0.05f);
  Paint paint = m.any_paint(0.8f);
  paint = labelled(paint, m.chance(0.5) ? m.paint(0, 0, 0.95f) : m.any_paint(), 0.36f, 0.66f);
  const Paint tin = m.paint(210, 0.04f, 0.8f, 0.9f);
  m.solid.lathe(
      {{0, 0.02f}, {r * 0.75f, 0.02f}, {r, 0.1f}, {r, 0.86f}, {r * 0.8f, 0.96f}, {0, 0.96f}},
      0.012f, paint);
  m.solid.arc({0, 0, 0.965f}, r * 0.78f, 0.02f, 180, tin).turn(0, 90);
  m.solid.cylinder({0, 0, 0.96f}, r * 0.74f, 0.012f, 0, tin);
  m.solid.box({0.05f, 0, 0.985f}, {0.08f, 0.05f, 0.012f}, 0.01f, tin);
}

void water_bottle(Maker& m) {
  const float r = m.vary(0.16f);
  const Paint label = m.any_paint(),
              water = labelled(m.paint(205, 0.35f, 0.9f, 0.9f), label, 0.3f, 0.55f);
  m.solid.lathe({{0, 0},
                 {r, 0.02f},
                 {r, 0.26f},
                 {r * 0.92f, 0.29f},
                 {r * 0.92f, 0.56f},
                 {r, 0.6f},
                 {r * 0.9f, 0.68f},
                 {0.055f, 0.86f},
                 {0.055f, 0.9f},
                 {0, 0.9f}},
                0.015f, water);
  m.solid.cylinder({0, 0, 0.94f}, 0.085f, 0.05f, 0.012f, m.any_paint());
}

}  // namespace rod::synth
