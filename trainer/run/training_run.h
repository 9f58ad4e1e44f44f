// One run of training as steps that train() calls in turn.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/status_line.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/checkpoint/run_folder.h"
#include "trainer/checkpoint/saved_checkpoint.h"
#include "trainer/config.h"
#include "trainer/input/feed.h"
#include "trainer/input/splits.h"
#include "trainer/learning/evaluate.h"
#include "trainer/learning/learner.h"
#include "trainer/learning/loss_history.h"
#include "trainer/log/progress_text.h"
#include "trainer/log/run_log.h"
#include "trainer/log/trace.h"
#include "trainer/peers/command.h"
#include "trainer/run/stopwatch.h"
#include "trainer/run/time_limit.h"

namespace rod {

class TrainingRun {
 public:
  // Locks the run folder, opens the data, makes the network.
  // REQUIRES: peers->first()
  TrainingRun(const TrainConfig& config, std::shared_ptr<Peers> peers);

  // Takes up the newest whole checkpoint if --resume was given and there is one.
  void start_or_resume(const std::string& config_toml);

  bool complete() const { return state_.step >= total_steps_; }

  void train_one_step();
  void
  log_if_due();  // every kLogSteps steps and at the end of an epoch: not by time, so that runs compare
  void evaluate_if_due();  // at the end of an epoch and of the run
  void save_if_due();      // the same, and as --save-every says
  void stop_if_asked();    // saves and throws at a signal or the time limit
  void bring_home();       // ends the log, and waits until all is in the run folder

  void summarise(nlohmann::ordered_json& report);

 private:
  void load_pretrained_weights();
  void say_sanity(double class_loss);
  CheckpointHead head() const;
  std::filesystem::path best_of_this_run() const;
  void open_store(bool resumed);
  void save();
  void write_report(const std::map<std::string, Evaluation>& evaluations);
  void require_convergence() const;  // refuses a state that has diverged
  bool stop_wanted() const;
  void tell_peers(const Command& command);
  std::string unfinished() const;          // what has not reached the run folder, and why
  std::function<bool()> patience() const;  // asks: has the end waited long enough for the drive?
  bool at_epoch_end() const { return state_.step > 0 && state_.step % epoch_steps_ == 0; }
  std::uint64_t epoch_from_one() const;  // of the last step done
  double seconds() const { return seconds_before_ + seconds_since(start_); }
  MetricsRow new_row() const;
  std::string progress();

  const TrainConfig config_;
  const std::shared_ptr<Peers> peers_;
  bool peers_stop_ = false;  // one of them got a signal
  const Clock::time_point start_ = Clock::now();
  const TimeLimit limit_;
  StatusLine line_;
  const torch::Device device_;
  const Manifest manifest_;
  const Splits splits_;
  Learner learner_;
  const RunFolder
      folder_;  // after all that options can be wrong for: a refused run leaves no folder
  const std::uint64_t epoch_steps_, total_steps_;

  RunState state_;
  double seconds_before_ = 0;  // of earlier processes
  LossHistory losses_;
  std::unique_ptr<Feed> feed_;
  const std::shared_ptr<SmallFiles> files_ = std::make_shared<SmallFiles>();
  std::unique_ptr<RunLog> log_;
  std::unique_ptr<CheckpointStore> store_;
  const std::shared_ptr<CaptureMemory> capture_memory_ = std::make_shared<CaptureMemory>();
  Trace trace_;

  std::optional<RunState> saved_;
  Clock::time_point saved_at_ = start_;
  std::uint64_t first_step_ = 0;  // of this process
  double longest_step_ = 0;       // seconds
  Stopwatch watch_;
  ProgressFigures shown_;                        // rates and losses as of the last line of metrics
  std::map<std::string, double> last_accuracy_;  // by split
};

}  // namespace rod
