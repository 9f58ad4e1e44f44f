// The two domains: models before nothing (source), and the same classes on a cluttered table
// (target).
#pragma once

#include <cstdint>

#include "synth/render.h"

namespace rod::synth {

// What the random numbers are for: each purpose has a stream of its own.
enum Stream : std::uint64_t {
  kSourceModel = 1,
  kTargetModel = 2,
  kSourceView = 3,
  kTargetView = 4,
  kShuffle = 5,
  kSensor = 6
};

// One model of one class, and the draws for this view of it.
struct ViewOf {
  std::uint64_t seed = 0;
  std::uint32_t label = 0;
  std::uint32_t model = 0;   // within class and domain
  std::uint64_t sample = 0;  // number in the whole archive
};

// Upright in the middle, soft light from above, a plain background. Models differ from the
// target's.
Scene source_scene(const ViewOf& view);

// On a table before a wall: other things around and sometimes in front, light of any colour,
// strength and direction, a camera that is not quite level and does not quite aim at the object.
Scene target_scene(const ViewOf& view);

}  // namespace rod::synth
