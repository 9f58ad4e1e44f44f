// Training methods: which batches a step needs, and what it does with them.
#pragma once

#include <string>
#include <vector>

#include "trainer/minibatch.h"
#include "trainer/network.h"

namespace rod {

// An independent, endless sequence of batches.
struct StreamUse {
  const char* name;  // "source", "target", "source_rot", "target_rot"
  bool from_target;  // of the target's split, else of the source's train split
  bool rotated;      // turned by draws of their own; the label is the relative rotation
};

struct LossWeights {
  double rot = 1;  // of both rotation losses
  double ent =
      .1;  // of the target's entropy; 0 leaves its forward pass out, as the Python program does
  double scale = 1;  // of all gradients: fp16's loss scale. Reported losses don't have it
};

// Detached scalars, f32, on the device, before weighting: loss.cls, loss.ent, loss.rot_source,
// loss.rot_target; only those that the step has.
using NamedLosses = NamedTensors;

struct Method {
  const char* name;                // --method
  const char* summary;             // one line
  std::vector<StreamUse> streams;  // the batches of one step, in this order
  bool rotation_head;              // whether the network needs one
  // Adds the gradients of one step to the parameters'. `batches` belong to `streams`, one for one.
  // REQUIRES: network in training mode. Does not wait for the device.
  NamedLosses (*backward)(Network& network, const std::vector<Minibatch>& batches,
                          const LossWeights& weights);
};

// Errors: kUsage listing the methods.
const Method& find_method(const std::string& name);

}  // namespace rod
