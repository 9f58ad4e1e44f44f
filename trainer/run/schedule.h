// When a run logs, evaluates and ends. These are functions of its progress, so all processes agree.
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

  // Whether to log: every kLogSteps steps, and at the end of an epoch and of the run. It does not
  // depend on time, so that the logs of two runs have the same lines.
  bool log_due(std::uint64_t step) const;

  // Whether to evaluate: once at the end of an epoch and of the run.
  bool evaluation_due(const RunState& state) const;

  // Whether --patience is exhausted: that many consecutive evaluations did not improve the best
  // accuracy.
  bool out_of_patience(const RunState& state) const;

  // Whether all steps are done and the last one is evaluated, or --patience is exhausted.
  bool complete(const RunState& state) const;

 private:
  std::uint64_t epoch_steps_, total_steps_, patience_;
};

}  // namespace rod::trainer
