// Training methods: the batches that a step needs, and the gradients it computes from them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/methods/losses.h"
#include "trainer/network/network.h"

namespace rod::trainer {

// An independent, endless sequence of batches.
struct StreamSpec {
  const char* name;  // "source", "target", "source_rot", "target_rot"
  bool from_target;  // from the target's split; otherwise from the source's train split
  // Each modality of a sample is rotated independently by one of this many equally spaced angles,
  // and the label is the relative rotation. 1: no rotation, and the label is the class.
  std::int64_t angles = 1;
};

// A loss that a step reports, and the streams it is computed from, as indices into Method::streams.
struct LossSpec {
  const char* name;
  std::vector<std::size_t> streams;
};

struct LossWeights {
  double rot = 1;    // of both rotation losses
  double ent = .1;   // of the target's entropy; 0 omits its forward pass, as in the Python program
  double adapt = 1;  // of the adaptation loss; multiplies its paper's weight
  double progress = 1;  // in 0-1: the progress of the ramp of --ramp-epochs
  // The loss scale of fp16, applied to all gradients but not to reported losses: [] on the device;
  // undefined: 1.
  torch::Tensor scale = {};
};

// Detached scalars, f32, on the device, unweighted, in the order of Method::losses. A step may omit
// some of them.
using NamedLosses = NamedTensors;

// The name, among a step's losses with --clip-grad, of the norm of all gradients before clipping.
inline constexpr const char* kGradientNorm = "grad_norm";

struct Method {
  const char* name;                 // --method
  const char* summary;              // one line
  std::vector<StreamSpec> streams;  // the batches of one step, in this order
  std::vector<LossSpec> losses;     // all that a step may report
  SecondHead head;                  // what the network needs beside its classifier
  // Adds the gradients of one step to the parameters'. `batches` correspond to `streams`. If
  // several processes share a batch, `batches` are slices, and gradients and losses are averaged
  // afterwards; a loss that is not a mean over samples must use network->global_batch(). Does not
  // wait for the device. Requires: the network is in training mode.
  NamedLosses (*backward)(Network& network, const std::vector<Minibatch>& batches,
                          const LossWeights& weights);
};

// Returns every method, in the order in which messages list them.
const std::vector<const Method*>& all_methods();

// Throws Error(kUsage) listing the methods.
const Method& find_method(const std::string& name);

}  // namespace rod::trainer
