#include "synth/scene.h"

#include "synth/recipes.h"

namespace rod::synth {
namespace {

// Streams of random draws: never reused for another purpose, so that archives stay the same.
float draw(Random& random, double low, double high) {
  return static_cast<float>(random.between(low, high));
}

Placed placed_object(const ViewOf& view, Stream stream, Random& random) {
  Random model(view.seed, stream, std::uint64_t{view.label} << 32 | view.model);
  Placed placed;
  placed.solid = make_model(view.label, model);
  placed.rotation = turned(placed.rotation, 2, draw(random, 0, 360));
  return placed;
}

// The box around a placed solid, in the world.
Bounds box_of(const Placed& placed) {
  Solid turned_solid = placed.solid;
  for (Part& part : turned_solid.parts) {
    part.centre = placed.rotation.to_world(part.centre) * placed.scale + placed.position;
    for (Vector3& row : part.rotation.rows) row = placed.rotation.to_world(row);
  }
  return bounds(turned_solid);
}

Vector3 light_from(float azimuth_degrees, float height_degrees) {
  const float a = azimuth_degrees * 0.017453293f, h = height_degrees * 0.017453293f;
  return {std::sin(a) * std::cos(h), -std::cos(a) * std::cos(h), std::sin(h)};
}

Paint surface(Random& random, float period) {
  Maker maker{random, {}};
  const float value = draw(random, 0.3, 0.9), saturation = draw(random, 0.05, 0.55),
              hue = draw(random, 0, 360);
  Paint paint = maker.paint(hue, saturation, value, 0.1f);
  constexpr Pattern kPatterns[] = {Pattern::kPlain, Pattern::kSpeckles, Pattern::kKeys,
                                   Pattern::kSpeckles};
  paint.pattern = kPatterns[random.below(4)];
  const float share = draw(random, 0.2, 0.8);
  paint.second = mix(paint.base, maker.any_paint().base, share);
  paint.low = period * draw(random, 0.5, 1.8);
  return paint;
}

Placed clutter(Random& random, Vector3 position, float size) {
  Placed placed;
  Maker maker{random, {}};
  const Paint paint = maker.any_paint(draw(random, 0, 0.6));
  const float w = draw(random, 0.25, 0.5), h = draw(random, 0.2, 0.8);
  switch (random.below(4)) {
    case 0:
      placed.solid.box({0, 0, h}, {w, draw(random, 0.15, 0.5), h}, 0.02f, paint);
      break;
    case 1:
      placed.solid.cylinder({0, 0, h}, w, h, 0.02f, paint);
      break;
    case 2:
      placed.solid.ellipsoid({0, 0, h * 0.7f}, {w, w, h * 0.7f}, paint);
      break;
    default:
      placed.solid.lathe({{0, 0}, {w, 0}, {w * draw(random, 0.1, 0.7), 2 * h}, {0, 2 * h}}, 0.02f,
                         paint);
  }
  placed.position = position;
  placed.scale = size;
  placed.rotation = turned(placed.rotation, 2, draw(random, 0, 360));
  return placed;
}

}  // namespace

Scene source_scene(const ViewOf& view) {
  Random random(view.seed, kSourceView, view.sample);
  Scene scene;
  scene.things.push_back(placed_object(view, kSourceModel, random));
  const float fill = draw(random, 0.84, 0.94), elevation = draw(random, 14, 32);
  scene.camera = framing(box_of(scene.things[0]), 5.5f, elevation, fill);
  const float light_height = draw(random, 48, 62), light_azimuth = draw(random, -50, -20);
  scene.light = {light_from(light_azimuth, light_height),
                 {1.05f, 1.05f, 1.05f},
                 {0.5f, 0.5f, 0.52f},
                 {0.16f, 0.16f, 0.15f}};
  const float grey = draw(random, 0.02, 0.05);
  scene.background = {grey, grey, grey};
  return scene;
}

Scene target_scene(const ViewOf& view) {
  Random random(view.seed, kTargetView, view.sample);
  Scene scene;
  scene.things.push_back(placed_object(view, kTargetModel, random));
  const Bounds box = box_of(scene.things[0]);

  const float fill = draw(random, 0.76, 0.95), elevation = draw(random, 16, 42),
              distance = draw(random, 4.2, 6.5);
  Camera camera = framing(box, distance, elevation, fill);
  camera.centre_x += draw(random, -0.12, 0.12);
  camera.centre_y += draw(random, -0.08, 0.12);
  const Vector3 back = camera.axes.rows[2], right = camera.axes.rows[0];
  const float roll = draw(random, -5, 5) * 0.017453293f;
  camera.axes.rows[0] = right * std::cos(roll) + camera.axes.rows[1] * std::sin(roll);
  camera.axes.rows[1] = cross(back, camera.axes.rows[0]);
  scene.camera = camera;

  const float reach = length(Vector3{box.half().x, box.half().y, 0});
  const std::uint32_t others = 1 + random.below(4);
  for (std::uint32_t i = 0; i < others; ++i) {
    const float size = draw(random, 0.35, 0.9), angle = draw(random, -1.9, 1.9),
                away = reach + size * 0.75f + draw(random, 0, 0.5);
    scene.things.push_back(
        clutter(random, {std::sin(angle) * away, std::cos(angle) * away, 0}, size));
  }
  if (random.chance(0.35)) {  // something stands in front, over one lower corner
    const float size = draw(random, 0.2, 0.34), side = random.chance(0.5) ? 1.f : -1.f;
    const Vector3 at = {side * (box.half().x * draw(random, 0.5, 1.0) + 0.1f), -reach - size * 0.6f,
                        0};
    scene.things.push_back(clutter(random, at, size));
  }

  const float warm = draw(random, -1, 1), power = draw(random, 0.55, 1.35),
              soft = draw(random, 0.3, 0.8);
  const Vector3 tint = {1 + 0.28f * warm, 1 + draw(random, -0.08, 0.08), 1 - 0.38f * warm};
  const float light_height = draw(random, 28, 75), light_azimuth = draw(random, -110, 110);
  scene.light = {light_from(light_azimuth, light_height), tint * (power * (1.4f - soft)),
                 mix(tint, {0.9f, 1, 1.1f}, 0.5f) * (power * soft * 0.75f), tint * (power * 0.14f)};
  scene.room = {true, surface(random, 0.16f), surface(random, 0.4f), draw(random, 0.9, 2.4) + reach,
                draw(random, -0.35, 0.35)};
  return scene;
}

}  // namespace rod::synth
