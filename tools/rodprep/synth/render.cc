#include "synth/render.h"

#include <optional>

namespace rod::synth {
namespace {

constexpr float kFar = 1e9f;

struct Ray {
  Vector3 origin, direction;
  Vector3 at(float t) const { return origin + direction * t; }
};

struct Hit {
  float t = kFar;
  Vector3 point, normal, albedo;
  float gloss = 0;
  int thing = -1;  // index in the scene; -2 table, -3 wall
};

// A placed solid with the sphere that encloses it.
struct Target {
  const Placed* placed;
  Vector3 centre;
  float radius;
};

class Caster {
 public:
  explicit Caster(const Scene& scene) : scene_(scene) {
    for (const Placed& placed : scene.things) {
      const Bounds box = bounds(placed.solid);
      const Vector3 centre =
          placed.position + placed.rotation.to_world(box.centre() * placed.scale);
      targets_.push_back({&placed, centre, length(box.half()) * placed.scale});
    }
  }

  Hit cast(const Ray& ray) const {
    Hit nearest;
    for (std::size_t i = 0; i < targets_.size(); ++i) meet(ray, i, nearest);
    if (scene_.room.present) meet_room(ray, nearest);
    return nearest;
  }

  Vector3 shade(const Ray& ray, const Hit& hit) const {
    if (hit.t == kFar) return scene_.background;
    const Light& light = scene_.light;
    const float facing = dot(hit.normal, light.direction);
    const float open = openness(hit);
    const float sun = facing > 0 ? facing * sunlit(hit) : 0;
    const Vector3 ambient = mix(light.ground, light.sky, 0.5f + 0.5f * hit.normal.z) * open;
    const Vector3 half = normalised(light.direction - ray.direction);
    const float shine =
        hit.gloss * 0.5f * std::pow(std::max(dot(hit.normal, half), 0.f), 12 + 50 * hit.gloss);
    return hit.albedo * (ambient + light.sun * sun) +
           light.sun * (shine * (facing > 0 ? 1.f : 0.f));
  }

 private:
  struct Span {
    float enter, leave;
  };

  static std::optional<Span> through_sphere(const Ray& ray, const Target& target) {
    const Vector3 towards = target.centre - ray.origin;
    const float middle = dot(towards, ray.direction);
    const float inside = target.radius * target.radius - (dot(towards, towards) - middle * middle);
    if (inside <= 0 || middle + std::sqrt(inside) <= 0) return std::nullopt;
    return Span{std::max(middle - std::sqrt(inside), 0.f), middle + std::sqrt(inside)};
  }

  static Vector3 to_local(const Placed& placed, Vector3 p) {
    return placed.rotation.to_local(p - placed.position) * (1 / placed.scale);
  }

  void meet(const Ray& ray, std::size_t index, Hit& nearest) const {
    constexpr int kSteps = 72;
    constexpr float kTouch = 6e-4f,
                    kCaution = 0.9f;  // blends and ellipsoids only estimate the distance
    const Target& target = targets_[index];
    const auto span = through_sphere(ray, target);
    if (!span || span->enter >= nearest.t) return;
    const Placed& placed = *target.placed;
    float t = span->enter;
    for (int step = 0; step < kSteps && t < span->leave && t < nearest.t; ++step) {
      const Vector3 local = to_local(placed, ray.at(t));
      const Distance d = placed.solid.distance(local);
      if (d.value < kTouch) {
        const Vector3 normal = placed.rotation.to_world(placed.solid.normal(local));
        nearest = {t,
                   ray.at(t),
                   normal,
                   colour_at(*d.paint, local),
                   d.paint->gloss,
                   static_cast<int>(index)};
        return;
      }
      t += d.value * placed.scale * kCaution;
    }
  }

  void meet_room(const Ray& ray, Hit& nearest) const {
    const Room& room = scene_.room;
    const float down = -ray.origin.z / ray.direction.z;
    if (down > 0 && down < nearest.t) {
      const Vector3 p = ray.at(down);
      nearest = {down, p, {0, 0, 1}, colour_at(room.table, p), room.table.gloss, -2};
    }
    const Vector3 facing = {std::sin(room.wall_turn), -std::cos(room.wall_turn), 0};
    const float back = (-room.wall_y - dot(facing, ray.origin)) / dot(facing, ray.direction);
    if (back > 0 && back < nearest.t) {
      const Vector3 p = ray.at(back);
      nearest = {back, p, facing, colour_at(room.wall, p), room.wall.gloss, -3};
    }
  }

  // How much of the light from all around arrives: less in corners and where things stand.
  float openness(const Hit& hit) const {
    float open = 1;
    for (const float reach : {0.05f, 0.14f}) {
      const Vector3 p = hit.point + hit.normal * reach;
      float free = reach;
      for (const Target& target : targets_) {
        if (length(p - target.centre) > target.radius + reach) continue;
        free = std::min(free, target.placed->solid.distance(to_local(*target.placed, p)).value *
                                  target.placed->scale);
      }
      open -= 0.35f * (1 - std::max(free, 0.f) / reach);
    }
    return open;
  }

  // The share of the sun that is not hidden, with a soft border.
  float sunlit(const Hit& hit) const {
    const Ray ray{hit.point + hit.normal * 0.01f, scene_.light.direction};
    float share = 1;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      // the plain look has no shadows
      if (!scene_.room.present && static_cast<int>(i) == hit.thing) continue;
      const auto span = through_sphere(ray, targets_[i]);
      if (!span) continue;
      const Placed& placed = *targets_[i].placed;
      float t = std::max(span->enter, 0.02f);
      for (int step = 0; step < 24 && t < span->leave; ++step) {
        const float d = placed.solid.distance(to_local(placed, ray.at(t))).value * placed.scale;
        share = std::min(share, 0.5f + 6 * d / t);
        if (share <= 0.02f) return 0;
        t += std::max(d, 0.015f);
      }
    }
    return std::clamp(share, 0.f, 1.f);
  }

  const Scene& scene_;
  std::vector<Target> targets_;
};

Ray ray_through(const Camera& camera, float x, float y) {
  const auto& axes = camera.axes.rows;
  return {camera.eye, normalised(axes[0] * (x + camera.centre_x) + axes[1] * (y + camera.centre_y) -
                                 axes[2] * camera.focal)};
}

}  // namespace

Frame render(const Scene& scene, std::uint32_t size) {
  const Caster caster(scene);
  const std::size_t count = std::size_t{size} * size;
  Frame frame{size, std::vector<Vector3>(count), std::vector<float>(count),
              std::vector<Vector3>(count), std::vector<std::uint8_t>(count)};
  std::vector<int> thing(count);
  const auto place = [size](float pixel) { return (2 * pixel + 1) / static_cast<float>(size) - 1; };
  for (std::size_t i = 0; i < count; ++i) {
    const Ray ray = ray_through(scene.camera, place(static_cast<float>(i % size)),
                                -place(static_cast<float>(i / size)));
    const Hit hit = caster.cast(ray);
    frame.colour[i] = caster.shade(ray, hit);
    thing[i] = hit.thing;
    if (hit.t == kFar) continue;
    frame.depth[i] = -dot(ray.direction, scene.camera.axes.rows[2]) * hit.t;
    frame.normal[i] = scene.camera.axes.to_local(hit.normal);
    frame.object[i] = hit.thing == 0;
  }

  // Four rays instead of one where a neighbour shows another thing or another side of it.
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t x = i % size, y = i / size;
    const auto differs = [&](std::size_t j) {
      return thing[i] != thing[j] || dot(frame.normal[i], frame.normal[j]) < 0.8f;
    };
    const bool edge = (x > 0 && differs(i - 1)) || (x + 1 < size && differs(i + 1)) ||
                      (y > 0 && differs(i - size)) || (y + 1 < size && differs(i + size));
    if (!edge || frame.depth[i] == 0) continue;  // the background stays exactly as it is
    Vector3 sum;
    for (int corner = 0; corner < 4; ++corner) {
      const float dx = corner % 2 == 0 ? -0.25f : 0.25f, dy = corner < 2 ? -0.25f : 0.25f;
      const Ray ray = ray_through(scene.camera, place(static_cast<float>(x) + dx),
                                  -place(static_cast<float>(y) + dy));
      sum = sum + caster.shade(ray, caster.cast(ray));
    }
    frame.colour[i] = sum * 0.25f;
  }
  return frame;
}

Camera framing(const Bounds& box, float distance, float elevation, float fill) {
  const float angle = elevation * 0.017453293f, c = std::cos(angle), s = std::sin(angle);
  Camera camera;
  camera.axes.rows = {{{1, 0, 0}, {0, s, c}, {0, -c, s}}};
  camera.eye = box.centre() + camera.axes.rows[2] * distance;
  float low_x = kFar, high_x = -kFar, low_y = kFar, high_y = -kFar;
  for (int corner = 0; corner < 8; ++corner) {
    const Vector3 p = {corner & 1 ? box.high.x : box.low.x, corner & 2 ? box.high.y : box.low.y,
                       corner & 4 ? box.high.z : box.low.z};
    const Vector3 seen = camera.axes.to_local(p - camera.eye);
    low_x = std::min(low_x, seen.x / -seen.z);
    high_x = std::max(high_x, seen.x / -seen.z);
    low_y = std::min(low_y, seen.y / -seen.z);
    high_y = std::max(high_y, seen.y / -seen.z);
  }
  camera.focal = 2 * fill / std::max(high_x - low_x, high_y - low_y);
  camera.centre_x = camera.focal * (low_x + high_x) / 2;
  camera.centre_y = camera.focal * (low_y + high_y) / 2;
  return camera;
}

}  // namespace rod::synth
