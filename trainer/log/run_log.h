// The logs of a run: metrics.jsonl, metrics.csv and TensorBoard's event files.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shard/manifest.h"
#include "trainer/checkpoint/checkpoint_head.h"
#include "trainer/checkpoint/run_folder.h"
#include "trainer/config.h"
#include "trainer/learning/evaluate.h"
#include "trainer/log/curves.h"
#include "trainer/log/metrics.h"
#include "trainer/methods/method.h"
#include "trainer/tensorboard/event_files.h"

namespace rod::trainer {

// Keeps the entries of an earlier process up to the state that the run resumes from. Reads them
// from the drive, but writes only to the run's small files. The constructor throws SystemError. Not
// thread-safe.
class RunLog {
 public:
  RunLog(std::shared_ptr<store::SmallFiles> files, const RunFolder& folder,
         const TrainConfig& config, const RunState& state, std::vector<std::string> csv_columns);

  // Writes a line of metrics: {"step": …, "epoch": …, "time": …, figures}.
  void add(const MetricsRow& row);

  // Writes a line for an evaluation, with the results of each split.
  void add(const MetricsRow& row, const std::map<std::string, Evaluation>& evaluations);

  // Shows the inputs of `step` (from 1), once in each process and after each evaluation; this waits
  // for the device. `minibatches` correspond to `streams`.
  void show_batch(std::uint64_t step, const std::vector<StreamSpec>& streams,
                  const std::vector<Minibatch>& minibatches);

  const Curves& curves() const { return curves_; }

  // Call at a checkpoint: later events go to a new file.
  void rotate() { events_.rotate(); }

  // Call after the last step. Has no effect if this process has logged nothing.
  void finish(std::uint64_t step);

 private:
  void add_events(const MetricsRow& row);

  Metrics metrics_;
  EventFiles events_;
  Curves curves_;
  bool batch_is_due_ = true;
};

}  // namespace rod::trainer
