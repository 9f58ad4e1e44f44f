// Records a run: terminal output, metrics, TensorBoard events, report.html and --trace. Only the
// first process of a run has one.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status_line.h"
#include "store/checkpoint_store.h"
#include "trainer/checkpoint/run_folder.h"
#include "trainer/learning/evaluate.h"
#include "trainer/learning/learner.h"
#include "trainer/learning/loss_history.h"
#include "trainer/log/progress_text.h"
#include "trainer/log/run_log.h"
#include "trainer/log/trace.h"
#include "trainer/run/run_setup.h"
#include "trainer/run/stopwatch.h"

namespace rod::trainer {

class Recorder {
 public:
  // Keeps the records of an earlier process up to `state`. Requires: `setup`, `folder` and `line`
  // outlive it. Throws RunLog's errors.
  Recorder(const RunSetup& setup, const RunFolder& folder, std::shared_ptr<store::SmallFiles> files,
           const RunState& state, StatusLine& line);

  // Prints what will be trained and in which precision, or that nothing is left to do.
  void announce(const RunState& state, at::ScalarType compute);

  // Call before and after the step that follows `state`. Throws Trace's errors.
  void begin_step(const RunState& state, Learner& learner,
                  const std::vector<Minibatch>& minibatches);
  void end_step(const RunState& state, Learner& learner, const NamedLosses& losses);

  // Records the mean losses since the last call. `waited`: Feed::waited(). Waits for the device.
  void add_losses(const RunState& state, const LossHistory& losses, double waited);

  // Records an evaluation of each split, by name, and the values of the criteria without labels.
  void add_evaluations(const RunState& state, const std::map<std::string, Evaluation>& evaluations,
                       const std::map<std::string, double>& criteria);

  // Writes report.html. Requires: `state` is the evaluated one.
  void write_report(const RunState& state, const std::map<std::string, Evaluation>& evaluations);

  // Restarts the measurement of rates. Call after any work that is not a step.
  void restart_clock(double waited) { watch_.restart(waited); }

  // Whether the progress line is due. Its figures take time to compute.
  bool progress_due() const { return line_.is_due(); }
  void show_progress(const RunState& state, const store::Safety& safety);

  void start_new_events() { log_.rotate(); }                       // at each checkpoint
  void finish(const RunState& state) { log_.finish(state.step); }  // after the last step

  // Prints the last lines of a complete run, and fills the output of --json.
  void summarise(const RunState& state, nlohmann::ordered_json& report);

 private:
  MetricsRow new_row(const RunState& state) const;

  const RunSetup& setup_;
  const RunFolder& folder_;
  const std::shared_ptr<store::SmallFiles> files_;
  StatusLine& line_;
  RunLog log_;
  Trace trace_;
  Stopwatch watch_;
  const LearningRate learning_rate_;
  ProgressFigures shown_;                        // rates and losses as of the last line of metrics
  std::map<std::string, double> last_accuracy_;  // by split
};

}  // namespace rod::trainer
