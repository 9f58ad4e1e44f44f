// Converts a rendered frame to the two images of a pair: exactly for the source, with the errors of
// a cheap camera for the target.
#pragma once

#include <utility>

#include "base/random.h"
#include "image/image.h"
#include "synth/render.h"

namespace rod::synth {

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
