// Things for the desk, the bathroom and the tool box; small ones stand or lie as they would on a
// table.
#include "synth/recipes.h"

namespace rod::synth {
namespace {

Paint patterned(Paint paint, Pattern pattern, const Paint& second, float low, float high = 0) {
  paint.pattern = pattern;
  paint.second = second.base;
  paint.low = low;
  paint.high = high;
  return paint;
}

Paint white(Maker& m) {
  return m.paint(50, 0.05f, 0.95f, 0.2f);
}
Paint dark(Maker& m) {
  return m.paint(220, 0.15f, 0.16f, 0.4f);
}
Paint steel(Maker& m) {
  return m.paint(210, 0.06f, 0.72f, 0.9f);
}

}  // namespace

void binder(Maker& m) {
  const Paint cover = m.any_paint(0.3f);
  const float w = m.vary(0.4f), spine = m.vary(0.1f);
  m.solid.box({0, -spine, 0.5f}, {w, 0.02f, 0.5f}, 0.01f, cover);
  m.solid.box({0, spine, 0.5f}, {w, 0.02f, 0.5f}, 0.01f, cover);
  m.solid.box({-w, 0, 0.5f}, {0.02f, spine, 0.5f}, 0.01f,
              patterned(cover, Pattern::kLabel, white(m), 0.55f, 0.85f));
  m.solid.box({0.02f, 0, 0.48f}, {w - 0.08f, spine * 0.7f, 0.46f}, 0, white(m));
  m.solid.cylinder({-w - 0.01f, 0, 0.2f}, 0.05f, 0.03f, 0.01f, steel(m)).turn(1, 90);
}

void calculator(Maker& m) {
  const float w = m.vary(0.3f), tilt = -62;
  const Paint shell = m.chance(0.6) ? dark(m) : m.any_paint();
  m.solid.box({0, 0, 0.42f}, {w, 0.48f, 0.045f}, 0.02f, shell).turn(0, -tilt);
  const auto along = [&](float u) { return Vector3{0, u * 0.4695f, 0.42f + u * 0.8829f}; };
  const Vector3 out = {0, -0.8829f * 0.045f, 0.4695f * 0.045f};
  m.solid
      .box(along(0.34f) + out, {w * 0.82f, 0.085f, 0.012f}, 0.005f, m.paint(95, 0.3f, 0.75f, 0.5f))
      .turn(0, -tilt);
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) {
      const Paint key = column == 3 ? m.paint(20, 0.8f, 0.9f) : white(m);
      const Vector3 at = along(0.12f - 0.165f * static_cast<float>(row)) + out;
      const float x = (static_cast<float>(column) - 1.5f) * w * 0.46f;
      m.solid.box(at + Vector3{x, 0, 0}, {w * 0.17f, 0.05f, 0.03f}, 0.012f, key).turn(0, -tilt);
    }
  }
  m.solid.stick({0, 0.2f, 0.03f}, {0, 0.22f, 0.55f}, 0.03f, shell);  // the stand behind it
}

void camera(Maker& m) {
  const Paint body = m.chance(0.6) ? dark(m) : m.paint(m.vary(180, 1), 0.3f, 0.6f, 0.4f),
              grip = dark(m);
  const float w = m.vary(0.48f, 0.06f), h = m.vary(0.27f), lens = m.vary(0.2f);
  m.solid.box({0, 0, h}, {w, 0.15f, h}, 0.04f, body);
  m.solid.box({0, 0, h * 0.95f}, {w + 0.005f, 0.155f, h * 0.55f}, 0.04f, grip);
  m.solid.cylinder({0.05f, -0.24f, h}, lens, 0.14f, 0.02f, steel(m)).turn(0, 90);
  m.solid.cylinder({0.05f, -0.36f, h}, lens * 0.8f, 0.06f, 0.01f, m.paint(230, 0.5f, 0.15f, 1))
      .turn(0, 90);
  m.solid.box({0.05f, 0, 2 * h + 0.04f}, {0.14f, 0.11f, 0.08f}, 0.03f, body).blended(0.03f);
  m.solid.cylinder({-w * 0.7f, 0, 2 * h + 0.02f}, 0.06f, 0.035f, 0.01f, steel(m));
}

void cap(Maker& m) {
  const Paint cloth = m.any_paint(0.05f), peak = m.chance(0.5) ? cloth : m.any_paint(0.1f);
  const float h = m.vary(0.4f);
  m.solid.ellipsoid({0, 0, 0.04f}, {0.34f, 0.36f, h}, patterned(cloth, Pattern::kWedges, peak, 6));
  m.solid.ellipsoid({0, -0.36f, 0.05f}, {0.27f, m.vary(0.34f), 0.035f}, peak)
      .turn(0, 8)
      .blended(0.05f);
  m.solid.ellipsoid({0, 0, h + 0.05f}, {0.045f, 0.045f, 0.03f}, peak);
  m.solid.box({0, 0, -0.3f}, {1, 1, 0.3f}, 0, cloth).cut();
}

void cell_phone(Maker& m) {
  const float w = m.vary(0.23f), tilt = 68;
  const Paint shell = m.chance(0.6) ? dark(m) : m.any_paint(0.6f);
  m.solid.box({0, 0, 0.46f}, {w, 0.48f, 0.035f}, 0.03f, shell).turn(0, tilt);
  const auto along = [&](float u) {
    return Vector3{0, u * 0.3746f - 0.0315f, 0.46f + u * 0.9272f + 0.0127f};
  };
  m.solid.box(along(0.12f), {w * 0.85f, 0.28f, 0.01f}, 0.005f, m.paint(210, 0.5f, 0.8f, 1, 60))
      .turn(0, tilt);
  for (int key = 0; key < 9; ++key) {
    const float x = static_cast<float>(key % 3 - 1) * w * 0.55f,
                u = -0.24f - 0.085f * static_cast<float>(key / 3);
    m.solid.box(along(u) + Vector3{x, 0, 0}, {w * 0.2f, 0.03f, 0.02f}, 0.01f, steel(m))
        .turn(0, tilt);
  }
  m.solid.stick({w * 0.7f, 0.16f, 0.86f}, {w * 0.7f, 0.2f, 1.02f}, 0.03f, shell);
}

void comb(Maker& m) {
  const Paint paint = m.any_paint(0.5f);
  const float depth = m.vary(0.03f);
  m.solid.box({0, 0, 0.42f}, {0.5f, depth, m.vary(0.09f)}, 0.025f, paint);
  for (int i = 0; i < 11; ++i) {
    const float x = -0.45f + 0.09f * static_cast<float>(i);
    m.solid.stick({x, 0, 0.4f}, {x, 0, 0.02f}, i == 0 || i == 10 ? 0.03f : 0.02f, paint);
  }
}

void dry_battery(Maker& m) {
  const Paint copper = m.chance(0.5) ? m.paint(28, 0.75f, 0.7f, 0.8f) : m.any_paint(0.6f);
  const float r = m.vary(0.2f);
  m.solid.cylinder({0, 0, 0.3f}, r, 0.3f, 0.02f, dark(m));
  m.solid.cylinder({0, 0, 0.74f}, r, 0.16f, 0.02f, copper);
  m.solid.cylinder({0, 0, 0.93f}, r * 0.4f, 0.06f, 0.015f, steel(m));
}

void flashlight(Maker& m) {
  const Paint body = m.chance(0.5) ? dark(m) : m.any_paint(0.5f);
  const float r = m.vary(0.11f), head = m.vary(0.21f);
  m.solid.lathe({{0, 0}, {r, 0}, {r, 0.6f}, {head, 0.78f}, {head, 0.96f}, {0, 0.96f}}, 0.015f,
                body);
  m.solid.cylinder({0, 0, 0.97f}, head * 0.86f, 0.02f, 0.01f, m.paint(55, 0.3f, 1, 1));
  m.solid.box({0, -r, 0.45f}, {0.035f, 0.03f, 0.07f}, 0.015f, m.any_paint());
  m.solid.arc({0, 0, 0.12f}, r, 0.025f, 180, steel(m)).turn(0, 90);
}

void glue_stick(Maker& m) {
  const float r = m.vary(0.15f);
  const Paint label = m.any_paint(), tube = patterned(white(m), Pattern::kLabel, label, 0.2f, 0.6f);
  m.solid.cylinder({0, 0, 0.37f}, r, 0.31f, 0.01f, tube);
  m.solid.cylinder({0, 0, 0.05f}, r * 1.12f, 0.05f, 0.015f, m.any_paint());
  m.solid.cylinder({0, 0, 0.76f}, r * 0.72f, 0.12f, 0.02f, m.paint(270, 0.35f, 0.85f, 0.1f));
  m.solid.ellipsoid({0, 0, 0.88f}, {r * 0.68f, r * 0.68f, 0.07f}, m.paint(270, 0.35f, 0.85f, 0.1f))
      .blended(0.03f);
}

void hand_towel(Maker& m) {
  const float width = m.vary(0.12f);
  const Paint bands = white(m), cloth = patterned(m.any_paint(0), Pattern::kBands, bands, width);
  for (int fold = 0; fold < 3; ++fold) {
    const float z = 0.08f + 0.13f * static_cast<float>(fold);
    const float depth = m.vary(0.3f, 0.06f);
    m.solid.box({m.vary(0.02f, 2), 0, z}, {0.48f - 0.03f * static_cast<float>(fold), depth, 0.075f},
                0.07f, cloth);
  }
  m.solid.ellipsoid({0.36f, 0, 0.22f}, {0.15f, 0.3f, 0.19f}, cloth).blended(0.06f);
}

void keyboard(Maker& m) {
  const Paint shell = m.chance(0.5) ? dark(m) : m.paint(45, 0.12f, 0.85f);
  const Paint gaps = dark(m), keys = patterned(m.chance(0.5) ? white(m) : m.paint(220, 0.1f, 0.4f),
                                               Pattern::kKeys, gaps, 0.068f);
  const float d = m.vary(0.18f, 0.06f);
  m.solid.box({0, 0, 0.08f}, {0.5f, d, 0.025f}, 0.015f, shell).turn(0, 18);
  m.solid.box({0, 0, 0.11f}, {0.47f, d * 0.85f, 0.015f}, 0.005f, keys).turn(0, 18);
  m.solid.box({0, d * 0.8f, 0.06f}, {0.42f, 0.02f, 0.06f}, 0.01f, shell);
}

void lightbulb(Maker& m) {
  const float r = m.vary(0.3f, 0.08f);
  const Paint grooves = m.paint(210, 0.05f, 0.4f),
              screw = patterned(steel(m), Pattern::kBands, grooves, 0.035f);
  m.solid.cylinder({0, 0, 0.03f}, 0.08f, 0.03f, 0.01f, dark(m));
  m.solid.cylinder({0, 0, 0.18f}, 0.145f, 0.13f, 0.02f, screw);
  const Paint glass = m.paint(52, m.vary(0.18f, 0.9f), 1, 0.9f);
  m.solid.ellipsoid({0, 0, 0.68f}, {r, r, r}, glass);
  m.solid.lathe({{0, 0.3f}, {0.13f, 0.3f}, {r * 0.72f, 0.52f}, {0, 0.6f}}, 0.01f, glass)
      .blended(0.1f);
}

void marker(Maker& m) {
  const Paint ink = m.any_paint(0.5f), body = m.chance(0.5) ? white(m) : ink;
  const float r = m.vary(0.085f);
  m.solid.cylinder({0, 0, 0.28f}, r, 0.28f, 0.02f,
                   patterned(body, Pattern::kLabel, ink, 0.15f, 0.4f));
  m.solid.lathe(
      {{0, 0.55f}, {r, 0.56f}, {r * 0.9f, 0.7f}, {r * 0.4f, 0.84f}, {r * 0.35f, 0.9f}, {0, 0.98f}},
      0.008f, ink);
  m.solid.cylinder({0, 0, 0.02f}, r * 1.25f, 0.03f, 0.01f, ink);
}

void notebook(Maker& m) {
  const Paint cover = m.any_paint(0.2f);
  const float w = m.vary(0.36f), lean = 75;
  m.solid.box({0, 0, 0.48f}, {w, 0.49f, 0.05f}, 0.01f, white(m)).turn(0, lean);
  m.solid.box({0, -0.052f, 0.466f}, {w, 0.5f, 0.014f}, 0.008f, cover).turn(0, lean);
  m.solid.box({0, 0.04f, 0.66f}, {w * 0.6f, 0.1f, 0.1f}, 0.01f, white(m)).turn(0, lean);
  m.solid.box({0, -0.01f + 0.046f - 0.065f, 0.65f}, {w * 0.6f, 0.09f, 0.014f}, 0.005f, white(m))
      .turn(0, lean);
  for (int ring = 0; ring < 9; ++ring) {
    const float x = (static_cast<float>(ring) - 4) * w * 0.22f;
    m.solid.arc({x, 0.125f, 0.95f}, 0.055f, 0.013f, 180, steel(m)).turn(2, 90);
  }
}

void pliers(Maker& m) {
  const Paint grip = m.any_paint(0.3f), metal = steel(m);
  const float spread = m.vary(0.2f);
  for (const float side : {-1.f, 1.f}) {
    m.solid.stick({side * spread, 0, 0.05f}, {side * 0.14f, 0, 0.36f}, 0.05f, grip);
    m.solid.stick({side * 0.14f, 0, 0.36f}, {side * 0.03f, 0, 0.6f}, 0.045f, metal);
    m.solid.stick({side * 0.06f, 0, 0.68f}, {side * 0.03f, 0, m.vary(0.96f, 0.03f)}, 0.045f, metal)
        .blended(0.04f);
  }
  m.solid.cylinder({0, 0, 0.62f}, 0.1f, 0.055f, 0.01f, metal).turn(0, 90).blended(0.04f);
}

void rubber_eraser(Maker& m) {
  const float h = m.vary(0.15f), d = m.vary(0.2f);
  const float saturation = m.chance(0.5) ? 0.45f : 0.03f, hue = m.chance(0.6) ? 345.f : 0.f;
  m.solid.box({0.1f, 0, h}, {0.4f, d, h}, 0.06f, m.paint(hue, saturation, 0.93f, 0.05f));
  const Paint label = white(m);
  m.solid.box({-0.12f, 0, h}, {0.32f, d + 0.015f, h + 0.012f}, 0.012f,
              patterned(m.paint(220, 0.8f, 0.6f), Pattern::kLabel, label, h * 0.7f, h * 1.4f));
}

void scissors(Maker& m) {
  const Paint grip = m.any_paint(0.4f), metal = steel(m);
  const float ring = m.vary(0.13f), open = m.vary(0.09f);
  for (const float side : {-1.f, 1.f}) {
    const float y = side * 0.012f;
    m.solid.arc({side * 0.18f, y, 0.16f}, ring, 0.04f, 180, grip);
    m.solid.stick({side * 0.12f, y, 0.27f}, {side * -0.01f, y, 0.52f}, 0.035f, grip).blended(0.04f);
    m.solid.stick({side * 0.0f, y, 0.5f}, {-side * open, y, 1.0f}, 0.028f, metal);
    m.solid.stick({side * 0.02f, y, 0.5f}, {-side * (open - 0.03f), y, 0.85f}, 0.03f, metal)
        .blended(0.03f);
  }
  m.solid.cylinder({0, -0.04f, 0.52f}, 0.035f, 0.02f, 0.005f, dark(m)).turn(0, 90);
}

void sponge(Maker& m) {
  const float w = m.vary(0.48f, 0.05f), d = m.vary(0.3f);
  const Paint soft = m.chance(0.6) ? m.paint(52, 0.75f, 0.95f, 0) : m.any_paint(0);
  m.solid.box({0, 0, 0.11f}, {w, d, 0.11f}, 0.03f,
              patterned(soft, Pattern::kSpeckles, m.paint(40, 0.8f, 0.55f), 0.04f));
  m.solid.box({0, 0, 0.25f}, {w, d, 0.045f}, 0.02f, m.paint(130, 0.65f, 0.35f, 0));
}

void stapler(Maker& m) {
  const Paint paint = m.chance(0.5) ? dark(m) : m.any_paint(0.5f);
  m.solid.box({0, 0, 0.035f}, {0.5f, 0.1f, 0.035f}, 0.03f, paint);
  m.solid.box({0.02f, 0, 0.15f}, {0.45f, 0.06f, 0.035f}, 0.01f, steel(m)).turn(1, -4);
  m.solid.box({0.03f, 0, 0.26f}, {0.47f, m.vary(0.085f), 0.07f}, 0.06f, paint)
      .turn(1, -m.vary(9, 0.3f));
  m.solid.cylinder({-0.4f, 0, 0.13f}, 0.1f, 0.085f, 0.02f, paint).turn(0, 90).blended(0.04f);
}

void toothbrush(Maker& m) {
  const Paint paint = m.any_paint(0.6f);
  m.solid.stick({0, 0, 0.05f}, {0, 0, 0.4f}, m.vary(0.05f), paint);
  m.solid.stick({0, 0, 0.4f}, {0, 0.03f, 0.72f}, 0.026f, paint).blended(0.06f);
  m.solid.box({0, 0.03f, 0.86f}, {0.055f, 0.022f, 0.13f}, 0.02f, paint).blended(0.04f);
  const Paint bristle = m.chance(0.5) ? white(m) : m.paint(200, 0.4f, 0.95f);
  for (int tuft = 0; tuft < 4; ++tuft) {
    m.solid.box({0, -0.055f, 0.77f + 0.06f * static_cast<float>(tuft)}, {0.042f, 0.07f, 0.022f},
                0.01f, bristle);
  }
}

void toothpaste(Maker& m) {
  const float width = m.vary(0.2f);
  const Paint bands = m.any_paint(), tube = patterned(white(m), Pattern::kBands, bands, width);
  const float w = m.vary(0.2f);
  m.solid.cylinder({0, 0, 0.06f}, 0.09f, 0.06f, 0.015f, m.any_paint(0.4f));
  m.solid.lathe({{0, 0.12f}, {0.1f, 0.14f}, {0.15f, 0.22f}, {0.12f, 0.6f}, {0, 0.7f}}, 0.02f, tube);
  m.solid.box({0, 0, 0.66f}, {w, 0.02f, 0.32f}, 0.015f, tube).blended(0.28f);
}

}  // namespace rod::synth
