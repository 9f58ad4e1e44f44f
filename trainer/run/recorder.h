// What a run tells people while it trains: lines on the terminal, metrics, TensorBoard's events,
// report.html, and --trace. Only the first process of a run has one.
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
  // Keeps what an earlier process has recorded up to `state`. Requires: `setup`, `folder` and
  // `line` outlive it. Throws RunLog's errors.
  Recorder(const RunSetup& setup, const RunFolder& folder, std::shared_ptr<store::SmallFiles> files,
           const RunState& state, StatusLine& line);

  // Says what is about to be trained, with which type of numbers, or that nothing is left to do.
  void announce(const RunState& state, at::ScalarType compute);

  // Around the step that follows `state`. Throws Trace's errors.
  void begin_step(const RunState& state, Learner& learner,
                  const std::vector<Minibatch>& minibatches);
  void end_step(const RunState& state, Learner& learner, const NamedLosses& losses);

  // The mean losses since the last call. `waited`: Feed::waited(). Waits for the device.
  void add_losses(const RunState& state, const LossHistory& losses, double waited);

  // An evaluation of each split, by name.
  void add_evaluations(const RunState& state, const std::map<std::string, Evaluation>& evaluations);

  // report.html. Requires: `state` is the one that was evaluated.
  void write_report(const RunState& state, const std::map<std::string, Evaluation>& evaluations);

  // Rates are measured from here: called after everything that is no step.
  void restart_clock(double waited) { watch_.restart(waited); }

  // True when the progress line is due, which needs figures that take time to find.
  bool progress_due() const { return line_.is_due(); }
  void show_progress(const RunState& state, const store::Safety& safety);

  void start_new_events() { log_.rotate(); }                       // at each checkpoint
  void finish(const RunState& state) { log_.finish(state.step); }  // after the last step

  // The last lines of a complete run, and what --json prints of it.
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
  ProgressFigures shown_;                        // rates and losses as of the last line of metrics
  std::map<std::string, double> last_accuracy_;  // by split
};

}  // namespace rod::trainer
