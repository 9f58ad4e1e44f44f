#include "synth/solid.h"

#include <utility>

#include "base/random.h"

namespace rod::synth {
namespace {

float ellipsoid_distance(Vector3 p, Vector3 half) {
  const Vector3 inverse = {1 / half.x, 1 / half.y, 1 / half.z};
  const float k = length(p * inverse), slope = length(p * inverse * inverse);
  return slope < 1e-6f ? -std::min({half.x, half.y, half.z}) : k * (k - 1) / slope;
}

float box_distance(Vector3 p, Vector3 half) {
  const Vector3 q = absolute(p) - half;
  const Vector3 outside = {std::max(q.x, 0.f), std::max(q.y, 0.f), std::max(q.z, 0.f)};
  return length(outside) + std::min(std::max({q.x, q.y, q.z}), 0.f);
}

// The polygon of the profile is closed along the axis, which is no surface: it only tells inside
// from outside.
float lathe_distance(Vector3 p, const std::vector<std::array<float, 2>>& profile) {
  const float r = std::sqrt(p.x * p.x + p.y * p.y), h = p.z;
  float nearest = 1e9f;
  bool inside = false;
  for (std::size_t i = 0; i < profile.size(); ++i) {
    const bool closes = i + 1 == profile.size();
    const auto [r0, h0] = profile[i];
    const auto [r1, h1] = profile[closes ? 0 : i + 1];
    if ((h0 <= h) != (h1 <= h) && r < r0 + (r1 - r0) * (h - h0) / (h1 - h0)) inside = !inside;
    if (closes) break;
    const float dr = r1 - r0, dh = h1 - h0, square = std::max(dr * dr + dh * dh, 1e-12f);
    const float along = std::clamp(((r - r0) * dr + (h - h0) * dh) / square, 0.f, 1.f);
    const float er = r - r0 - along * dr, eh = h - h0 - along * dh;
    nearest = std::min(nearest, er * er + eh * eh);
  }
  return inside ? -std::sqrt(nearest) : std::sqrt(nearest);
}

// The nearest point of the arc lies at the same angle, or at one of its ends.
float arc_distance(Vector3 p, float radius, float half_angle) {
  const float x = std::abs(p.x), down = -p.z, in_plane = std::sqrt(x * x + down * down);
  const float sine = std::sin(half_angle), cosine = std::cos(half_angle);
  const bool beyond = half_angle < 3.14f && cosine * x > sine * down;
  const float towards = beyond ? x * sine + down * cosine : in_plane;
  return std::sqrt(std::max(dot(p, p) + radius * radius - 2 * radius * towards, 0.f));
}

float part_distance(const Part& part, Vector3 p) {
  const Vector3 local = part.rotation.to_local(p - part.centre);
  switch (part.shape) {
    case Shape::kEllipsoid:
      return ellipsoid_distance(local, part.size) - part.round;
    case Shape::kBox:
      return box_distance(local, part.size) - part.round;
    case Shape::kLathe:
      return lathe_distance(local, part.profile) - part.round;
    case Shape::kArc:
      return arc_distance(local, part.size.x, part.size.z) - part.round;
  }
  return 0;
}

// In the part's own axes.
Bounds local_bounds(const Part& part) {
  Bounds box{-part.size, part.size};
  if (part.shape == Shape::kLathe) {
    float radius = 0;
    box = {};
    for (const auto& [r, height] : part.profile) {
      radius = std::max(radius, r);
      box.low.z = std::min(box.low.z, height);
      box.high.z = std::max(box.high.z, height);
    }
    box.low.x = box.low.y = -radius;
    box.high.x = box.high.y = radius;
  } else if (part.shape == Shape::kArc) {
    const float radius = part.size.x, angle = part.size.z;
    const float side = angle < 1.5708f ? radius * std::sin(angle) : radius;
    box = {{-side, 0, -radius}, {side, 0, -radius * std::cos(angle)}};
  }
  const Vector3 round = {part.round, part.round, part.round};
  return {box.low - round, box.high + round};
}

}  // namespace

Part& Solid::ellipsoid(Vector3 centre, Vector3 half, const Paint& paint) {
  Part& part = parts.emplace_back();
  part.centre = centre;
  part.size = half;
  part.paint = paint;
  return part;
}

Part& Solid::box(Vector3 centre, Vector3 half, float round, const Paint& paint) {
  Part& part = ellipsoid(centre, half - Vector3{round, round, round}, paint);
  part.shape = Shape::kBox;
  part.round = round;
  return part;
}

Part& Solid::lathe(std::vector<std::array<float, 2>> profile, float round, const Paint& paint) {
  Part& part = ellipsoid({}, {}, paint);
  part.shape = Shape::kLathe;
  part.profile = std::move(profile);
  part.round = round;
  return part;
}

Part& Solid::cylinder(Vector3 centre, float radius, float half_height, float round,
                      const Paint& paint) {
  const float r = radius - round, h = half_height - round;
  Part& part = lathe({{0, -h}, {r, -h}, {r, h}, {0, h}}, round, paint);
  part.centre = centre;
  return part;
}

Part& Solid::arc(Vector3 centre, float radius, float thickness, float half_degrees,
                 const Paint& paint) {
  Part& part = ellipsoid(centre, {radius, 0, half_degrees * 0.017453293f}, paint);
  part.shape = Shape::kArc;
  part.round = thickness;
  return part;
}

Part& Solid::stick(Vector3 from, Vector3 to, float radius, const Paint& paint) {
  const Vector3 axis = normalised(to - from);
  const Vector3 side =
      normalised(cross(std::abs(axis.z) < 0.9f ? Vector3{0, 0, 1} : Vector3{1, 0, 0}, axis));
  Part& part =
      box((from + to) * 0.5f, {radius, radius, length(to - from) * 0.5f + radius}, radius, paint);
  part.rotation.rows = {side, cross(axis, side), axis};
  return part;
}

Distance Solid::distance(Vector3 p) const {
  Distance nearest{1e9f, nullptr};
  for (const Part& part : parts) {
    const float d = part_distance(part, p);
    if (part.joint == Joint::kCut) {
      if (-d > nearest.value) nearest = {-d, &part.paint};
      continue;
    }
    const float before = nearest.value;
    if (d < before) nearest = {d, &part.paint};
    if (part.blend > 0) {
      const float overlap = std::max(part.blend - std::abs(d - before), 0.f) / part.blend;
      nearest.value -= overlap * overlap * part.blend * 0.25f;
    }
  }
  return nearest;
}

Vector3 Solid::normal(Vector3 p) const {
  constexpr float kStep = 1e-3f;
  constexpr Vector3 kCorners[] = {{1, -1, -1}, {-1, -1, 1}, {-1, 1, -1}, {1, 1, 1}};
  Vector3 gradient;
  for (const Vector3 corner : kCorners)
    gradient = gradient + corner * distance(p + corner * kStep).value;
  return normalised(gradient);
}

Vector3 colour_at(const Paint& paint, Vector3 p) {
  const auto cell = [&](float x) { return static_cast<int>(std::floor(x / paint.low)); };
  switch (paint.pattern) {
    case Pattern::kPlain:
      return paint.base;
    case Pattern::kBands:
      return cell(p.z) % 2 == 0 ? paint.base : paint.second;
    case Pattern::kWedges: {
      const float turns = std::atan2(p.y, p.x) * 0.15915494f + 0.5f;
      return static_cast<int>(turns * paint.low) % 2 == 0 ? paint.base : paint.second;
    }
    case Pattern::kSpeckles: {
      const float spot = smooth_noise(p * (1 / paint.low));
      return mix(paint.base, paint.second, std::clamp((spot - 0.5f) * 3, 0.f, 0.8f));
    }
    case Pattern::kLabel: {
      if (p.z < paint.low || p.z > paint.high) return paint.base;
      const float height = (p.z - paint.low) / (paint.high - paint.low);
      const bool writing = height > 0.3f && height < 0.62f && smooth_noise(p * 14.f) > 0.5f;
      return writing ? paint.base * 0.5f : paint.second;
    }
    case Pattern::kKeys: {
      const float x = p.x / paint.low - std::floor(p.x / paint.low),
                  y = p.y / paint.low - std::floor(p.y / paint.low);
      return std::min({x, 1 - x, y, 1 - y}) > 0.14f ? paint.base : paint.second;
    }
  }
  return paint.base;
}

Bounds bounds(const Solid& solid) {
  Bounds out;
  for (const Part& part : solid.parts) {
    if (part.joint == Joint::kCut) continue;
    const Bounds box = local_bounds(part);
    const Vector3 half = box.half(), centre = part.centre + part.rotation.to_world(box.centre());
    const auto& rows = part.rotation.rows;
    const Vector3 extent =
        absolute(rows[0]) * half.x + absolute(rows[1]) * half.y + absolute(rows[2]) * half.z;
    const Vector3 low = centre - extent, high = centre + extent;
    out.low = {std::min(out.low.x, low.x), std::min(out.low.y, low.y), std::min(out.low.z, low.z)};
    out.high = {std::max(out.high.x, high.x), std::max(out.high.y, high.y),
                std::max(out.high.z, high.z)};
  }
  return out;
}

float cell_noise(int x, int y, int z) {
  const auto word = philox(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y),
                           static_cast<std::uint32_t>(z));
  return static_cast<float>(word[0] >> 8) * 0x1p-24f;
}

float smooth_noise(Vector3 p) {
  const float fx = std::floor(p.x), fy = std::floor(p.y), fz = std::floor(p.z);
  const auto ease = [](float t) { return t * t * (3 - 2 * t); };
  const float u = ease(p.x - fx), v = ease(p.y - fy), w = ease(p.z - fz);
  float sum = 0;
  for (int corner = 0; corner < 8; ++corner) {
    const int i = corner & 1, j = corner >> 1 & 1, k = corner >> 2;
    sum += (i ? u : 1 - u) * (j ? v : 1 - v) * (k ? w : 1 - w) *
           cell_noise(static_cast<int>(fx) + i, static_cast<int>(fy) + j, static_cast<int>(fz) + k);
  }
  return sum;
}

}  // namespace rod::synth
