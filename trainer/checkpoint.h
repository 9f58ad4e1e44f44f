// A checkpoint: one safetensors file that holds all a run needs to go on, or is not there.
//
// Tensors: every parameter and buffer under its own name, the optimiser's under "optimizer.…", and
// "losses.pending", the losses since the last line of metrics. Metadata: `format`, `version`, `step`, `epoch`,
// `streams` (epoch and position of each), `options`, `dataset`, `classes`, …; `payload`, the XXH3-128 of all tensors'
// names and bytes in the order in which they lie: two runs are equal when it is; and `seal`, that of the metadata. No generator's state: random numbers are functions of the step.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "shard/safetensors.h"
#include "stream/order.h"
#include "trainer/learner.h"
#include "trainer/loss_history.h"
#include "trainer/tensor_io.h"

namespace rod {

// How far a run is.
struct RunState {
  std::uint64_t step = 0;            // steps done
  std::uint64_t evaluated_step = 0;  // `step` at the last evaluation; 0: none yet
  double best_accuracy = -1;         // of the target split, at any evaluation so far
  double seconds = 0;                // of training, over all processes
};

// What a checkpoint says of itself.
struct CheckpointHead {
  RunState state;
  std::uint64_t epoch = 0;
  nlohmann::json options;   // result_options()
  std::string fingerprint;  // of the data set
  std::int64_t classes = 0;
  std::map<std::string, StreamOrder::Position> streams;  // of each stream's next batch, by name
};

// Everything as it is at one moment, on the host: may be written while training goes on.
struct CapturedCheckpoint {
  Metadata metadata;
  TensorSnapshot tensors;
};

// Waits for the device. Errors: kFailed when a parameter or buffer is not finite: what is saved can go on.
CapturedCheckpoint capture_checkpoint(const CheckpointHead& head, Learner& learner,
                                      const LossHistory& losses);

// The same without optimiser and losses: for evaluation and export.
CapturedCheckpoint capture_model(const CheckpointHead& head, Learner& learner);

// Complete or absent. Errors: throw_errno.
void write_checkpoint(const std::filesystem::path& path, const CapturedCheckpoint& checkpoint);

// A checkpoint read into memory, all of it verified.
struct Checkpoint {
  std::string path;
  CheckpointHead head;
  std::vector<std::string> loss_names;  // of losses.pending
  std::map<std::string, torch::Tensor> tensors;  // on the CPU
};

// Errors: BadInput naming the file and what is wrong with it; throw_errno.
Checkpoint read_checkpoint(const std::filesystem::path& path);

// Errors: BadInput when names, shapes or dtypes are not the network's (the learner's).
void restore_network(const Checkpoint& checkpoint, Network& network);
void restore_learner(const Checkpoint& checkpoint, Learner& learner, LossHistory& losses);

// Whether a tensor of a checkpoint belongs to the network.
bool is_model_tensor(const std::string& name);

}  // namespace rod
