// `--trace`: records the inputs and results of training steps, so that another framework can check
// them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "shard/safetensors.h"
#include "trainer/learning/optimizer.h"
#include "trainer/methods/method.h"

namespace rod::trainer {

// Writes FOLDER/step-000000001.safetensors …: `<stream>.rgb`, `.depth`, `.label`, `.index`,
// `.augment` of each stream; `loss.…` F32 [1]; `before.<name>` and `after.<name>` of every
// parameter and buffer; `momentum.<name>` after the step, in the first one gradient + weight decay
// x parameter, or AdamW's moments. Each file's metadata contains `step` and the settings that are
// needed to reproduce the step: arch, method, modality, image_size, lr, lr_mult, momentum,
// weight_decay; source and target, to find the samples; and the step's weight_rot, weight_ent,
// weight_adapt, progress.
class Trace {
 public:
  Trace(std::filesystem::path folder, shard::Metadata settings);

  // Call before the step, with its batches, which correspond to `method.streams`, and the network.
  // `step` counts from 1.
  void begin(std::uint64_t step, const Method& method, Network& network,
             const std::vector<Minibatch>& batches);

  // Call after the step, with the network, its optimiser, and the arguments and result of
  // Method::backward. Writes the file.
  // Throws SystemError. Requires: begin().
  void end(Network& network, const Optimizer& optimizer, const LossWeights& weights,
           const NamedLosses& losses);

 private:
  std::filesystem::path folder_;
  shard::Metadata settings_;
  std::uint64_t step_ = 0;
  TensorSnapshot tensors_;
};

}  // namespace rod::trainer
