// A solid object as a signed distance function: a sequence of simple parts that are joined, blended
// or subtracted.
#pragma once

#include <vector>

#include "synth/vector3.h"

namespace rod::synth {

enum class Pattern { kPlain, kBands, kWedges, kSpeckles, kLabel, kKeys };

// The appearance of a surface. Patterns are in the object's coordinates.
struct Paint {
  Vector3 base{0.5f, 0.5f, 0.5f};  // linear RGB
  float gloss = 0.1f;              // 0 chalk .. 1 glass
  Pattern pattern = Pattern::kPlain;
  Vector3 second{};         // the pattern's colour
  float low = 0, high = 0;  // kLabel: from which to which height; else period in `low`
};

enum class Shape {
  kEllipsoid,  // size: half axes
  kBox,        // size: half edges, before rounding; with two zeros a capsule
  kLathe,      // `profile` turned about the z axis
  kArc,        // size.x: radius of an arc about the y axis, whose middle is below; size.z: its half
               // angle, radians
};

enum class Joint { kJoin, kCut };

struct Part {
  Shape shape = Shape::kEllipsoid;
  Vector3 centre, size;
  float round = 0;  // radius added around the shape
  // (radius, height) from the axis' lower to its upper end
  std::vector<std::array<float, 2>> profile;
  Rotation rotation;
  Joint joint = Joint::kJoin;
  float blend = 0;  // width of the smooth transition to what is there already
  Paint paint;

  Part& turn(int axis, float degrees) {
    rotation = turned(rotation, axis, degrees);
    return *this;
  }
  Part& cut() {
    joint = Joint::kCut;
    return *this;
  }
  Part& blended(float width) {
    blend = width;
    return *this;
  }
};

// Returns the distance to the surface, negative inside, and the paint at that point.
struct Distance {
  float value;
  const Paint* paint;
};

struct Solid {
  std::vector<Part> parts;

  Part& ellipsoid(Vector3 centre, Vector3 half, const Paint& paint);
  Part& box(Vector3 centre, Vector3 half, float round,
            const Paint& paint);  // `half` includes `round`
  Part& lathe(std::vector<std::array<float, 2>> profile, float round, const Paint& paint);
  Part& cylinder(Vector3 centre, float radius, float half_height, float round, const Paint& paint);
  Part& arc(Vector3 centre, float radius, float thickness, float half_degrees, const Paint& paint);
  Part& stick(Vector3 from, Vector3 to, float radius, const Paint& paint);

  // Requires: at least one part, the first of them joined.
  Distance distance(Vector3 p) const;
  Vector3 normal(Vector3 p) const;  // outward
};

// Returns the colour of `paint` at a point of the object.
Vector3 colour_at(const Paint& paint, Vector3 p);

struct Bounds {
  Vector3 low{1e9f, 1e9f, 1e9f}, high{-1e9f, -1e9f, -1e9f};
  Vector3 centre() const { return (low + high) * 0.5f; }
  Vector3 half() const { return (high - low) * 0.5f; }
};
Bounds bounds(const Solid& solid);

// Returns a hash of a cell of space, in [0,1).
float cell_noise(int x, int y, int z);

// Returns smooth noise in [0,1), with one bump per unit.
float smooth_noise(Vector3 p);

}  // namespace rod::synth
