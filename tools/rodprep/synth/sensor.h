// From a rendered frame to the two pictures of a pair: exact for the source, through a cheap camera
// for the target.
#pragma once

#include <utility>

#include "base/random.h"
#include "image/image.h"
#include "synth/render.h"

namespace rod::synth {

// (RGB, surface normals), both [size,size,3] u8. Normals in the camera's axes (x right, y up, z
// towards the viewer) as (n + 1) * 127.5; where there is no surface, that of a screen facing the
// viewer, (128, 128, 255): black would make the domains' depth images differ beyond recovery.
std::pair<image::Image, image::Image> exact_pair(const Frame& frame);

// RGB with noise, blur, vignetting and clipping. Normals by finite differences of a depth image
// that is noisy, in steps, missing at edges, at grazing surfaces and in patches, then filled from
// the neighbours and smoothed.
std::pair<image::Image, image::Image> sensed_pair(const Frame& frame, const Camera& camera,
                                                  Random& random);

}  // namespace rod::synth
