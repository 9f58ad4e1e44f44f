// One process of a training run, as steps that train() calls in turn.
//
// All processes of a run make the same calls in the same order. Only the first process has a run
// folder; it records and saves what all of them compute.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/status_line.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/checkpoint/run_folder.h"
#include "trainer/config.h"
#include "trainer/input/feed.h"
#include "trainer/learning/learner.h"
#include "trainer/learning/loss_history.h"
#include "trainer/run/recorder.h"
#include "trainer/run/run_setup.h"
#include "trainer/run/saver.h"
#include "trainer/run/stop_reason.h"
#include "trainer/run/stopwatch.h"

namespace rod::trainer {

class TrainingRun {
 public:
  // Opens the splits and makes the network. Throws open_run()'s and make_learner()'s errors.
  TrainingRun(const TrainConfig& config, const shard::Manifest& manifest,
              std::shared_ptr<ProcessGroup> group);

  // The first process locks the run folder and, with --resume, restores the newest undamaged
  // checkpoint; then all processes receive its state.
  void start_or_resume(const std::string& config_toml);

  bool complete() const { return setup_.schedule.complete(state_); }

  void evaluate_if_due();
  void save_if_due();

  // Returns this process's slice of the next step's minibatches; empty if this process wants to
  // stop.
  std::vector<Minibatch> next_minibatches();

  // Agrees with the other processes. If any wants to stop: saves, and throws Error with the kind
  // kTimeLimit, kInterrupted or kTerminated, the same in all processes.
  void stop_if_asked();

  void train_one_step(const std::vector<Minibatch>& minibatches);
  void log_if_due();

  // Waits until everything is in the run folder, then lets the other processes exit. The first
  // process fills `report`. Throws Error(kTimeLimit or kFailed) if the run folder can't be written.
  void finish(nlohmann::ordered_json& report);

 private:
  // For the first process only.
  void open_folder(const std::string& config_toml);
  std::optional<Checkpoint> restore_newest();
  bool judge_unlabelled(const std::map<std::string, Evaluation>& evaluations);
  void use_class_order(const std::vector<std::string>& names);
  void load_pretrained_weights();
  void save();
  // Calls `copy`, which copies the state to the CPU's memory. Throws Error(kNoRoom) if memory runs
  // out.
  template <typename Copy>
  void with_memory_for_a_copy(Copy copy);
  void require_convergence() const;  // throws if the state has diverged
  std::string save_and_flush();      // returns advice for the user
  bool flush();

  // Why this process wants to stop; does not change once it is set.
  StopReason own_reason();
  bool wants_to_stop() { return own_reason() != StopReason::kNone; }
  double seconds() const { return seconds_before_ + seconds_since(start_); }

  const Clock::time_point start_ = Clock::now();
  StatusLine line_;
  RunSetup setup_;
  const TimeLimit limit_;
  Learner learner_;
  RunState state_;
  std::map<std::string, double> criteria_;  // of the newest evaluation; empty without a target
  LossHistory losses_;
  std::unique_ptr<Feed> feed_;

  // Null in all processes but the first.
  std::unique_ptr<RunFolder> folder_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Saver> saver_;

  StopReason reason_ = StopReason::kNone;
  std::uint64_t first_step_ = 0;  // of this process
  double seconds_before_ = 0;     // of earlier processes
  double longest_step_ = 0;       // seconds, the wait for its minibatches included
  Clock::time_point step_start_;
};

}  // namespace rod::trainer
