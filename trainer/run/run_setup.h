// The immutable parts of a run, in each of its processes.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "trainer/checkpoint/checkpoint_head.h"
#include "trainer/config.h"
#include "trainer/input/splits.h"
#include "trainer/methods/method.h"
#include "trainer/process_group/process_group.h"
#include "trainer/run/schedule.h"

namespace rod::trainer {

struct RunSetup {
  TrainConfig config;
  std::shared_ptr<ProcessGroup> group;
  torch::Device device;
  shard::Manifest manifest;
  Splits splits;
  Schedule schedule;

  std::int64_t classes() const { return static_cast<std::int64_t>(manifest.classes.size()); }
};

// Chooses the device and opens the splits. `manifest`: of the config's data set; `say`: as
// open_splits()'s. Throws the errors of choose_device() and open_splits().
RunSetup open_run(const TrainConfig& config, const shard::Manifest& manifest,
                  std::shared_ptr<ProcessGroup> group, const Say& say);

// Returns the description that a checkpoint of `state` contains.
CheckpointHead checkpoint_head(const RunSetup& setup, const RunState& state);

}  // namespace rod::trainer
