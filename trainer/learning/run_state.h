// The progress of a run.
#pragma once

#include <cstdint>
#include <optional>

namespace rod::trainer {

struct RunState {
  std::uint64_t step = 0;               // steps done
  std::uint64_t evaluated_step = 0;     // `step` at the last evaluation; 0: none yet
  double best_accuracy = -1;            // of the target split, at any evaluation so far
  std::uint64_t stale_evaluations = 0;  // since the best one
  // The best value so far of config.select's criterion on the target.
  std::optional<double> best_unlabelled{};
  double seconds = 0;  // of training, over all processes; not in the checkpoint, as clocks differ
};

}  // namespace rod::trainer
