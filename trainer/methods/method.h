// Training methods: which batches a step needs, and what it does with them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/methods/minibatch.h"
#include "trainer/network/network.h"

namespace rod::trainer {

// An independent, endless sequence of batches.
struct StreamSpec {
  const char* name;  // "source", "target", "source_rot", "target_rot"
  bool from_target;  // of the target's split, else of the source's train split
  // Each modality of a sample is rotated by a draw of its own among so many equally spaced angles,
  // and the label is the relative one. 1: nothing is rotated, and the label is the class.
  std::int64_t angles = 1;
};

// A loss that a step reports, and the streams it is computed from, by their place in
// Method::streams.
struct LossUse {
  const char* name;
  std::vector<std::size_t> streams;
};

struct LossWeights {
  double rot = 1;  // of both rotation losses
  double ent =
      .1;  // of the target's entropy; 0 leaves its forward pass out, as the Python program does
  double adapt = 1;     // of the loss that brings the domains together, times its paper's
  double progress = 1;  // in 0-1: how far the ramp of --ramp-epochs is
  // Of all gradients: fp16's loss scale, [] on the device; undefined: 1. Reported losses don't have
  // it.
  torch::Tensor scale = {};
};

// Detached scalars, f32, on the device, before weighting, in the order of Method::losses; only
// those that the step has.
using NamedLosses = NamedTensors;

struct Method {
  const char* name;                 // --method
  const char* summary;              // one line
  std::vector<StreamSpec> streams;  // the batches of one step, in this order
  std::vector<LossUse> losses;      // all that a step may report
  SecondHead head;                  // what the network needs beside its classifier
  // Adds the gradients of one step to the parameters'. `batches` belong to `streams`, one for one.
  // Where several processes share a batch, `batches` are slices, and gradients and losses are
  // averaged afterwards: a loss that is no mean over samples looks at network->global_batch().
  // REQUIRES: network in training mode. Does not wait for the device.
  NamedLosses (*backward)(Network& network, const std::vector<Minibatch>& batches,
                          const LossWeights& weights);
};

// Every method, in the order in which they are listed.
const std::vector<const Method*>& all_methods();

// Errors: kUsage listing the methods.
const Method& find_method(const std::string& name);

}  // namespace rod::trainer
