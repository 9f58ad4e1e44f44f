// Training: from a data set and a configuration to a run folder with a trained network.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "trainer/config.h"

namespace rod::trainer {

// Trains, or goes on where the run folder's newest whole checkpoint stopped. The weights after step
// n are a function of result_options(), data set and n: on the CPU bit for bit, whatever was killed
// and resumed in between. `config_toml` is kept in the run folder. Fills `report`; returns 0.
// Started by torchrun, this is one of several processes, each of which computes a slice of every
// batch; all run the same loop, and only the first writes files. REQUIRES: require_distributable()
// and with_batch_size() have seen `config`. Errors: kUsage, BadInput, kFailed; kTimeLimit,
// kInterrupted and kTerminated when stopped with the state saved.
int train(const TrainConfig& config, const std::string& config_toml,
          nlohmann::ordered_json& report);

}  // namespace rod::trainer
