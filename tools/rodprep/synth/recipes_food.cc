// Fruit and vegetables: ellipsoids that blend, with a stalk that tells up from down.
#include "synth/recipes.h"

namespace rod::synth {
namespace {

Paint with(Paint paint, Pattern pattern, Vector3 second, float low, float high = 0) {
  paint.pattern = pattern;
  paint.second = second;
  paint.low = low;
  paint.high = high;
  return paint;
}

}  // namespace

void apple(Maker& m) {
  const float w = m.vary(0.46f, 0.08f), h = m.vary(0.41f, 0.08f);
  const Paint skin =
      m.chance(0.7) ? m.paint(2, 0.85f, 0.75f, 0.4f, 8) : m.paint(80, 0.7f, 0.75f, 0.4f);
  const Paint streaked = with(skin, Pattern::kSpeckles, m.paint(48, 0.6f, 0.8f).base, 0.16f);
  m.solid.ellipsoid({0, 0, h}, {w, w, h}, streaked);
  m.solid.ellipsoid({0, 0, h * 0.62f}, {w * 0.78f, w * 0.78f, h * 0.6f}, streaked).blended(0.15f);
  m.solid.ellipsoid({0, 0, h * 2.04f}, {w * 0.3f, w * 0.3f, h * 0.26f}, skin).cut().blended(0.12f);
  const Paint stalk = m.paint(30, 0.5f, 0.3f);
  m.solid.stick({0, 0, h * 1.6f}, {m.vary(0.06f, 1), 0, h * 2.3f}, 0.025f, stalk);
  const Paint leaf = m.paint(110, 0.7f, 0.5f);
  m.solid.ellipsoid({0.16f, 0, h * 2.15f}, {0.15f, 0.07f, 0.02f}, leaf).turn(1, -20);
}

void ball(Maker& m) {
  const Paint first = m.any_paint(0.5f),
              second = m.chance(0.5) ? m.paint(0, 0, 0.95f) : m.any_paint();
  const Paint stripes =
      with(first, Pattern::kWedges, second.base, static_cast<float>(6 + 2 * m.random.below(3)));
  m.solid.ellipsoid({0, 0, 0.5f}, {0.5f, 0.5f, 0.5f}, stripes);
  m.solid.cylinder({0, 0, 0.98f}, 0.11f, 0.035f, 0.02f, m.paint(0, 0, 0.95f));
  m.solid.box({0, 0, -0.06f}, {0.6f, 0.6f, 0.12f}, 0, first)
      .cut();  // it has given way where it lies
}

void banana(Maker& m) {
  const Paint spots = m.paint(35, 0.7f, 0.35f);
  const Paint skin = with(m.paint(50, 0.8f, 0.9f, 0.2f, 6), Pattern::kSpeckles, spots.base, 0.09f);
  const float bend = m.vary(52, 0.15f), r = m.vary(0.62f), thick = m.vary(0.12f);
  m.solid.arc({0, 0, r}, r, thick, bend * 0.8f, skin);
  m.solid.arc({0, 0, r}, r, thick * 0.6f, bend * 1.05f, skin).blended(0.14f);
  const float tip = bend * 1.05f * 0.0174533f;
  const Vector3 end = {std::sin(tip) * r, 0, r - std::cos(tip) * r};
  m.solid.stick(end, end + Vector3{0.05f, 0, 0.16f}, 0.045f, m.paint(70, 0.6f, 0.45f))
      .blended(0.05f);
  m.solid.ellipsoid({-end.x, 0, end.z}, {0.06f, 0.06f, 0.06f}, m.paint(30, 0.6f, 0.2f))
      .blended(0.03f);
}

void bell_pepper(Maker& m) {
  const Paint skin = m.paint(m.chance(0.4)   ? 0.f
                             : m.chance(0.5) ? 45.f
                                             : 115.f,
                             0.9f, 0.7f, 0.7f, 8);
  const float h = m.vary(0.5f), lobe = m.vary(0.2f, 0.08f);
  for (int i = 0; i < 4; ++i) {
    const float angle = 1.5708f * static_cast<float>(i) + 0.4f;
    const Vector3 at = {std::cos(angle) * 0.2f, std::sin(angle) * 0.2f, 0};
    m.solid.ellipsoid(at + Vector3{0, 0, h}, {lobe * 1.25f, lobe * 1.25f, h * 0.95f}, skin)
        .blended(0.06f);
  }
  const Paint stalk = m.paint(105, 0.7f, 0.4f);
  m.solid.cylinder({0, 0, h * 1.84f}, 0.13f, 0.03f, 0.02f, stalk).blended(0.04f);
  m.solid.stick({0, 0, h * 1.8f}, {0.06f, 0, h * 1.84f + m.vary(0.24f)}, 0.045f, stalk)
      .blended(0.05f);
}

void garlic(Maker& m) {
  const Paint skin = m.paint(40, 0.12f, 0.93f, 0.2f);
  const float w = m.vary(0.24f);
  for (int i = 0; i < 6; ++i) {
    const float angle = 1.0472f * static_cast<float>(i);
    const Vector3 at = {std::cos(angle) * 0.2f, std::sin(angle) * 0.2f, 0.3f};
    m.solid.ellipsoid(at, {w, w, 0.31f}, skin).blended(0.03f);
  }
  m.solid
      .lathe({{0, 0.3f}, {0.3f, 0.4f}, {0.07f, 0.72f}, {0.05f, m.vary(0.98f, 0.06f)}, {0, 1}},
             0.02f, skin)
      .blended(0.15f);
}

void greens(Maker& m) {
  const Paint spots = m.paint(90, 0.6f, 0.7f);
  const Paint leaf = with(m.paint(105, 0.75f, 0.5f, 0.2f), Pattern::kSpeckles, spots.base, 0.1f);
  const Paint stalk = m.paint(80, 0.25f, 0.85f);
  m.solid.stick({0, 0, 0.06f}, {0, 0, 0.4f}, m.vary(0.1f), stalk);
  for (int i = 0; i < 7; ++i) {
    const float angle = 0.8976f * static_cast<float>(i) + m.vary(0.3f, 1),
                out = i % 2 == 0 ? 0.26f : 0.13f;
    const Vector3 at = {std::cos(angle) * out, std::sin(angle) * out,
                        m.vary(i % 2 == 0 ? 0.62f : 0.8f, 0.08f)};
    m.solid.ellipsoid(at, {m.vary(0.2f), m.vary(0.2f), m.vary(0.22f)}, leaf).blended(0.02f);
  }
}

void lemon(Maker& m) {
  const Paint spots = m.paint(62, 0.7f, 0.75f);
  const Paint skin =
      with(m.paint(54, 0.85f, 0.95f, 0.3f, 5), Pattern::kSpeckles, spots.base, 0.05f);
  const float r = m.vary(0.33f, 0.06f);
  m.solid.ellipsoid({0, 0, r}, {0.45f, r, r}, skin);
  m.solid.ellipsoid({0.45f, 0, r * 1.1f}, {0.1f, 0.09f, 0.09f}, skin).blended(0.14f);
  m.solid.ellipsoid({-0.44f, 0, r * 1.1f}, {0.07f, 0.1f, 0.1f}, skin).blended(0.12f);
  m.solid.ellipsoid({-0.5f, 0, r * 1.1f}, {0.03f, 0.05f, 0.05f}, m.paint(100, 0.6f, 0.4f));
}

void mushroom(Maker& m) {
  const Paint spots = m.paint(35, 0.2f, 0.9f);
  const Paint hat =
      with(m.paint(24, m.vary(0.45f, 0.5f), 0.7f), Pattern::kSpeckles, spots.base, 0.12f);
  const float w = m.vary(0.46f), top = m.vary(0.8f, 0.08f);
  const Paint stalk = m.paint(40, 0.12f, 0.92f);
  m.solid.lathe({{0, 0}, {m.vary(0.16f), 0.02f}, {0.11f, 0.3f}, {0.14f, 0.55f}, {0, 0.55f}}, 0.03f,
                stalk);
  m.solid
      .lathe({{0, 0.42f},
              {w - 0.1f, 0.44f},
              {w, 0.5f},
              {w * 0.86f, 0.66f},
              {w * 0.5f, top - 0.02f},
              {0, top}},
             0.03f, hat)
      .blended(0.04f);
}

void orange(Maker& m) {
  const Paint spots = m.paint(22, 0.9f, 0.75f);
  const Paint skin =
      with(m.paint(28, 0.92f, 0.95f, 0.3f, 5), Pattern::kSpeckles, spots.base, 0.035f);
  m.solid.ellipsoid({0, 0, 0.45f}, {m.vary(0.48f, 0.04f), 0.48f, 0.45f}, skin);
  m.solid.ellipsoid({0, 0, 0.98f}, {0.16f, 0.16f, 0.12f}, skin).cut().blended(0.1f);
  m.solid.cylinder({0, 0, 0.87f}, 0.06f, 0.03f, 0.01f, m.paint(110, 0.6f, 0.4f));
}

void pear(Maker& m) {
  const Paint spots = m.paint(45, 0.6f, 0.55f);
  const Paint skin = with(m.paint(70, 0.65f, 0.75f, 0.3f), Pattern::kSpeckles, spots.base, 0.06f);
  const float w = m.vary(0.32f, 0.08f), lean = m.vary(0.04f, 1);
  m.solid.ellipsoid({0, 0, w}, {w, w, w}, skin);
  m.solid.ellipsoid({lean, 0, m.vary(0.66f, 0.05f)}, {0.17f, 0.17f, 0.24f}, skin).blended(0.34f);
  m.solid.stick({lean, 0, 0.86f}, {lean + 0.07f, 0, 1.02f}, 0.022f, m.paint(30, 0.5f, 0.3f));
}

void potato(Maker& m) {
  const Paint spots = m.paint(28, 0.6f, 0.35f);
  const Paint skin = with(m.paint(32, 0.5f, 0.6f, 0.05f), Pattern::kSpeckles, spots.base, 0.07f);
  m.solid.ellipsoid({0, 0, 0.3f}, {m.vary(0.46f), m.vary(0.31f), 0.3f}, skin);
  const Vector3 bump = {m.vary(0.26f), 0.25f, m.vary(0.24f)};
  m.solid.ellipsoid({m.vary(0.2f), 0.05f, 0.36f}, bump, skin).blended(0.2f);
  m.solid.ellipsoid({-0.2f, -0.06f, 0.25f}, {0.24f, m.vary(0.24f), 0.24f}, skin).blended(0.2f);
  for (int i = 0; i < 3; ++i) {
    const Vector3 eye = {m.vary(0.2f, 1.5f) - 0.15f, m.vary(0.1f, 2) - 0.1f, 0.62f};
    m.solid.ellipsoid(eye, {0.05f, 0.05f, 0.06f}, skin).cut().blended(0.06f);
  }
}

}  // namespace rod::synth
