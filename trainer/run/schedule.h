// When a run logs, evaluates and ends: functions of how far it is, the same in every process.
#pragma once

#include <cstdint>

#include "trainer/config.h"
#include "trainer/learning/run_state.h"

namespace rod::trainer {

class Schedule {
 public:
  // `epoch_steps`: steps of one pass over the source's train split. Requires: epoch_steps > 0.
  Schedule(const TrainConfig& config, std::uint64_t epoch_steps);

  std::uint64_t epoch_steps() const { return epoch_steps_; }
  std::uint64_t total_steps() const { return total_steps_; }

  // The epoch of the last step done, counted from 1; also 1 before the first step.
  std::uint64_t epoch(std::uint64_t step) const;

  bool at_epoch_end(std::uint64_t step) const { return step > 0 && step % epoch_steps_ == 0; }
  bool trained(std::uint64_t step) const { return step >= total_steps_; }

  // Every kLogSteps steps, at the end of an epoch and of the run: not by time, so that the logs of
  // two runs have the same lines.
  bool log_due(std::uint64_t step) const;

  // At the end of an epoch and of the run, once.
  bool evaluation_due(const RunState& state) const;

  // All steps are done and the last one is evaluated.
  bool complete(const RunState& state) const;

 private:
  std::uint64_t epoch_steps_, total_steps_;
};

}  // namespace rod::trainer
