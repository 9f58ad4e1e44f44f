// Ray casting of solids: consistent colours, distances and normals for a camera.
#pragma once

#include <cstdint>
#include <vector>

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

}  // namespace rod::synth
