// Trains a network from a data set and a configuration into a run folder.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "shard/manifest.h"
#include "trainer/config.h"

namespace rod::trainer {

// Trains, or resumes from the run folder's newest complete checkpoint. The weights after step n are
// a function of result_options(), the data set and n; on the CPU this holds bit for bit, regardless
// of kills and resumes. `manifest`: from open_training_data(); `config_toml` is saved in the run
// folder. Fills `report`; returns 0. Under torchrun, this is one of several processes, each of
// which computes a slice of every batch; all run the same loop, and only the first writes files.
// Throws Error(kUsage), BadInput, Error(kFailed); Error(kTimeLimit, Error(kInterrupted) or
// Error(kTerminated)) if stopped with the state saved. Requires: require_distributable() and
// with_batch_size() were applied to `config`.
int train(const TrainConfig& config, const shard::Manifest& manifest,
          const std::string& config_toml, nlohmann::ordered_json& report);

}  // namespace rod::trainer
