// A checkpoint: one safetensors file that holds all a run needs to go on, or is not there.
//
// Tensors: every parameter and buffer under its own name, the optimiser's under "optimizer.…", with
// --ema the averages as "ema.<name>", and "losses.pending", the losses since the last line of
// metrics. Metadata: a CheckpointHead;
// `payload`, the XXH3-128 of all tensors' names and bytes in the order in which they lie; and
// `seal`, that of the metadata. Equal runs write equal files: no clock, and no generator's state,
// as what is random is a function of the step.
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

// Everything as it is at one moment, on the host: may be written while training goes on.
struct CapturedCheckpoint {
  shard::Metadata metadata;
  TensorSnapshot tensors;
};

// Copies, and waits for the device. `memory`: of an earlier capture, to be used again.
CapturedCheckpoint capture_checkpoint(const CheckpointHead& head, Learner& learner,
                                      const LossHistory& losses, TensorSnapshot memory = {});

// The network alone, as it is now: for evaluation and export.
CapturedCheckpoint capture_model(const CheckpointHead& head, Learner& learner,
                                 TensorSnapshot memory = {});

// Adds the hashes; before a checkpoint is written. Thread-safe. Throws Error(kFailed) when a number
// is not finite: what is saved can go on.
void seal_checkpoint(CapturedCheckpoint& checkpoint);

// Complete or absent. Throws SystemError. Requires: sealed.
void write_checkpoint(const std::filesystem::path& path, const CapturedCheckpoint& checkpoint);

// A checkpoint read into memory, all of it verified.
struct Checkpoint {
  std::string path;
  CheckpointHead head;
  std::map<std::string, torch::Tensor> tensors;  // on the CPU
};

// Returns the head alone, verified by its seal; the tensors are not read. Throws as
// read_checkpoint().
CheckpointHead read_checkpoint_head(const std::filesystem::path& path);

// `path` may be a last.safetensors. Throws BadInput naming the file and what is wrong with it;
// SystemError.
Checkpoint read_checkpoint(const std::filesystem::path& path);

// Puts the averages of --ema in the place of the weights that they are averages of, as a run
// evaluates them. Returns whether there were any. Throws BadInput for an average of nothing.
bool use_average(Checkpoint& checkpoint);

// Throws BadInput when names, shapes or dtypes are not the network's (the learner's).
void restore_network(const Checkpoint& checkpoint, Network& network);
void restore_learner(const Checkpoint& checkpoint, Learner& learner, LossHistory& losses);

// Whether a tensor of a checkpoint belongs to the network.
bool is_model_tensor(const std::string& name);

}  // namespace rod::trainer
