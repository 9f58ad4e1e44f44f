// Everything that tells a person how a run went: metrics.jsonl and .csv, TensorBoard's event files.
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

// Keeps of an earlier process what belongs to the state that the run goes on from. Touches no drive
// but to read that: all that it writes goes to the run's small files. One thread. Errors of the
// constructor: throw_errno.
class RunLog {
 public:
  RunLog(std::shared_ptr<store::SmallFiles> files, const RunFolder& folder,
         const TrainConfig& config, const RunState& state, std::vector<std::string> csv_columns);

  // A line of metrics: {"step": …, "epoch": …, "time": …, figures}.
  void add(const MetricsRow& row);

  // The same of an evaluation, with what it found in each split.
  void add(const MetricsRow& row, const std::map<std::string, Evaluation>& evaluations);

  // What the network is about to see in `step` (from 1); shown once in each process and after each
  // evaluation, which waits for the device. `minibatches` belong to `streams`, one for one.
  void show_batch(std::uint64_t step, const std::vector<StreamSpec>& streams,
                  const std::vector<Minibatch>& minibatches);

  const Curves& curves() const { return curves_; }

  // At a checkpoint: the next events go to a new file.
  void rotate() { events_.rotate(); }

  // After the last step; does nothing where this process had nothing to tell.
  void finish(std::uint64_t step);

 private:
  void add_events(const MetricsRow& row);

  Metrics metrics_;
  EventFiles events_;
  Curves curves_;
  bool batch_is_due_ = true;
};

}  // namespace rod::trainer
