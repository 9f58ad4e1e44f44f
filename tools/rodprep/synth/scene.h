// The two domains: models on a plain background (source), and the same classes on a cluttered table
// (target).
#pragma once

#include <cstdint>

#include "synth/render.h"

namespace rod::synth {

// Purposes of random numbers. Each has its own stream.
enum Stream : std::uint64_t {
  kSourceModel = 1,
  kTargetModel = 2,
  kSourceView = 3,
  kTargetView = 4,
  kShuffle = 5,
  kSensor = 6
};

// A model of a class, and the random numbers for one view of it.
struct ViewOf {
  std::uint64_t seed = 0;
  std::uint32_t label = 0;
  std::uint32_t model = 0;   // within class and domain
  std::uint64_t sample = 0;  // number in the whole archive
};

// Builds a scene with the object upright in the centre, soft light from above and a plain
// background. Models differ from the target's.
Scene source_scene(const ViewOf& view);

// Builds a scene with the object on a table in front of a wall, other things around and sometimes
// in front of it, light of any colour, strength and direction, and a camera that is slightly tilted
// and off-centre.
Scene target_scene(const ViewOf& view);

}  // namespace rod::synth
