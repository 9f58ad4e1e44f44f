// A checkpoint: one safetensors file with everything that a run needs to resume. It is complete or
// absent.
//
// Tensors: every parameter and buffer under its own name, the optimiser's under "optimizer.…", with
// --ema the averages as "ema.<name>", and "losses.pending", the losses since the last line of
// metrics. Metadata: a CheckpointHead; `payload`, the XXH3-128 of all tensors' names and bytes in
// file order; and `seal`, the XXH3-128 of the metadata. Equal runs write equal files: these contain
// no time, and no generator's state, because random numbers are a function of the step.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "shard/safetensors.h"
#include "trainer/checkpoint/checkpoint_head.h"
#include "trainer/learning/learner.h"
#include "trainer/learning/loss_history.h"
#include "trainer/tensor/tensor_io.h"

namespace rod::trainer {

// A snapshot in the host's memory, which can be written while training continues.
struct CapturedCheckpoint {
  shard::Metadata metadata;
  TensorSnapshot tensors;
};

// Copies the state to the host and waits for the device. `memory`: of an earlier capture, for
// reuse.
CapturedCheckpoint capture_checkpoint(const CheckpointHead& head, Learner& learner,
                                      const LossHistory& losses, TensorSnapshot memory = {});

// Captures only the network, for evaluation and export.
CapturedCheckpoint capture_model(const CheckpointHead& head, Learner& learner,
                                 TensorSnapshot memory = {});

// Adds the hashes. Call before write_checkpoint(). Throws Error(kFailed) if a number is not finite,
// because a run could not resume from it. Thread-safe.
void seal_checkpoint(CapturedCheckpoint& checkpoint);

// Writes the file, which is complete or absent. Throws SystemError. Requires: seal_checkpoint() was
// called.
void write_checkpoint(const std::filesystem::path& path, const CapturedCheckpoint& checkpoint);

// A checkpoint in memory, completely verified.
struct Checkpoint {
  std::string path;
  CheckpointHead head;
  std::map<std::string, torch::Tensor> tensors;  // on the CPU
};

// Returns only the head, verified by its seal, without reading the tensors. Throws what
// read_checkpoint() throws.
CheckpointHead read_checkpoint_head(const std::filesystem::path& path);

// Reads and verifies a checkpoint. `path` may be a last.safetensors. Throws BadInput naming the
// file and the fault; SystemError.
Checkpoint read_checkpoint(const std::filesystem::path& path);

// Replaces the weights by their averages of --ema, which are what a run evaluates. Returns whether
// there were any. Throws BadInput for an average without a weight.
bool use_average(Checkpoint& checkpoint);

// Restore the network's, or the learner's, state. Throw BadInput if names, shapes or dtypes differ.
void restore_network(const Checkpoint& checkpoint, Network& network);
void restore_learner(const Checkpoint& checkpoint, Learner& learner, LossHistory& losses);

// Whether a tensor of a checkpoint belongs to the network.
bool is_model_tensor(const std::string& name);

}  // namespace rod::trainer
