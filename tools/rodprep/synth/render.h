// Ray casting of solids: consistent colours, distances and normals for a camera, and the two images
// of a pair as a sensor records them: exactly for the source, with the errors of a cheap camera for
// the target.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/random.h"
#include "image/image.h"
#include "synth/solid.h"

namespace rod::synth {

// A solid placed in the world: scaled, rotated about the vertical and translated.
struct Placed {
  Solid solid;
  Vector3 position;
  float scale = 1;
  Rotation rotation;
};

struct Light {
  Vector3 direction{0, 0, 1};  // towards the light
  Vector3 sun{1, 1, 1}, sky{0.3f, 0.3f, 0.3f}, ground{0.1f, 0.1f, 0.1f};
};

// A table with a wall behind it. Without a room there is nothing behind the object.
struct Room {
  bool present = false;
  Paint table, wall;
  float wall_y = 2;
  float wall_turn = 0;  // of the wall's plane about the vertical, radians
};

struct Camera {
  Vector3 eye;
  Rotation axes;                     // rows: right, up, towards the viewer
  float focal = 1;                   // image plane distance; the image spans -1..1
  float centre_x = 0, centre_y = 0;  // of the image, in the same unit
};

struct Scene {
  std::vector<Placed> things;  // the first is the object
  Light light;
  Room room;
  Camera camera;
  Vector3 background;
};

// [size, size], row-major.
struct Frame {
  std::uint32_t size = 0;
  std::vector<Vector3> colour;       // linear light, smoothed at edges
  std::vector<float> depth;          // along the view axis; 0: nothing there
  std::vector<Vector3> normal;       // in the camera's axes; (0,0,0): nothing there
  std::vector<std::uint8_t> object;  // 1 where the object itself is seen
};

Frame render(const Scene& scene, std::uint32_t size);

// A camera at `distance` from the centre of `box`, looking down by `elevation` degrees, that frames
// the object's box: its larger extent fills `fill` of the image.
Camera framing(const Bounds& box, float distance, float elevation, float fill);

// (RGB, surface normals), both [size,size,3] u8. Normals are in the camera's axes (x right, y up, z
// towards the viewer), stored as (n + 1) * 127.5. Pixels without a surface get the normal of a
// plane facing the viewer, (128, 128, 255), because black would make the domains' depth images too
// different.
std::pair<image::Image, image::Image> exact_pair(const Frame& frame);

// RGB has noise, blur, vignetting and clipping. Normals are finite differences of a depth image
// that is noisy, quantised, and missing at edges, on grazing surfaces and in patches, then filled
// from neighbours and smoothed.
std::pair<image::Image, image::Image> sensed_pair(const Frame& frame, const Camera& camera,
                                                  Random& random);

}  // namespace rod::synth
