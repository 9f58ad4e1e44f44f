#include "trainer/run/schedule.h"

#include <algorithm>

namespace rod::trainer {
namespace {

constexpr std::uint64_t kLogSteps = 10;

std::uint64_t count_total_steps(const TrainConfig& config, std::uint64_t epoch_steps) {
  const std::uint64_t all = config.epochs * epoch_steps;
  return config.max_steps == 0 ? all : std::min(all, config.max_steps);
}

}  // namespace

Schedule::Schedule(const TrainConfig& config, std::uint64_t epoch_steps)
    : epoch_steps_(epoch_steps),
      total_steps_(count_total_steps(config, epoch_steps)),
      patience_(config.patience) {}

std::uint64_t Schedule::epoch(std::uint64_t step) const {
  return step == 0 ? 1 : (step - 1) / epoch_steps_ + 1;
}

bool Schedule::log_due(std::uint64_t step) const {
  return step % kLogSteps == 0 || at_epoch_end(step) || trained(step);
}

bool Schedule::evaluation_due(const RunState& state) const {
  return state.evaluated_step != state.step && (at_epoch_end(state.step) || trained(state.step));
}

bool Schedule::out_of_patience(const RunState& state) const {
  return patience_ > 0 && state.stale_evaluations >= patience_;
}

bool Schedule::complete(const RunState& state) const {
  return (trained(state.step) || out_of_patience(state)) && !evaluation_due(state);
}

}  // namespace rod::trainer
