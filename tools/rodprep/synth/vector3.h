// Points, directions and colours in three dimensions.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

namespace rod::synth {

struct Vector3 {
  float x = 0, y = 0, z = 0;
};

inline Vector3 operator+(Vector3 a, Vector3 b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Vector3 operator-(Vector3 a, Vector3 b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Vector3 operator*(Vector3 a, Vector3 b) {
  return {a.x * b.x, a.y * b.y, a.z * b.z};
}
inline Vector3 operator*(Vector3 a, float s) {
  return {a.x * s, a.y * s, a.z * s};
}
inline Vector3 operator-(Vector3 a) {
  return {-a.x, -a.y, -a.z};
}
inline float dot(Vector3 a, Vector3 b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline Vector3 cross(Vector3 a, Vector3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline float length(Vector3 a) {
  return std::sqrt(dot(a, a));
}
inline Vector3 normalised(Vector3 a) {
  return a * (1 / std::max(length(a), 1e-12f));
}
inline Vector3 mix(Vector3 a, Vector3 b, float share) {
  return a + (b - a) * share;
}
inline Vector3 absolute(Vector3 a) {
  return {std::abs(a.x), std::abs(a.y), std::abs(a.z)};
}

// Rows are the local axes: `to_local` converts world to local coordinates.
struct Rotation {
  std::array<Vector3, 3> rows = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

  Vector3 to_local(Vector3 p) const { return {dot(rows[0], p), dot(rows[1], p), dot(rows[2], p)}; }
  Vector3 to_world(Vector3 p) const { return rows[0] * p.x + rows[1] * p.y + rows[2] * p.z; }
};

// Rotates counter-clockwise about a world axis (0 x, 1 y, 2 z), after `rotation`.
inline Rotation turned(const Rotation& rotation, int axis, float degrees) {
  const float angle = degrees * 0.017453293f, c = std::cos(angle), s = std::sin(angle);
  Rotation out;
  for (int i = 0; i < 3; ++i) {
    const Vector3 r = rotation.rows[i];
    out.rows[i] = axis == 0   ? Vector3{r.x, c * r.y - s * r.z, s * r.y + c * r.z}
                  : axis == 1 ? Vector3{c * r.x + s * r.z, r.y, c * r.z - s * r.x}
                              : Vector3{c * r.x - s * r.y, s * r.x + c * r.y, r.z};
  }
  return out;
}

}  // namespace rod::synth
