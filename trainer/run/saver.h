// Decides when to save checkpoints, and saves them to the run folder. Only the first process of a
// run has one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/status_line.h"
#include "store/checkpoint_store.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/checkpoint/run_folder.h"
#include "trainer/learning/learner.h"
#include "trainer/learning/loss_history.h"
#include "trainer/run/run_setup.h"
#include "trainer/run/stopwatch.h"

namespace rod::trainer {

// Memory of earlier captures, for reuse, because allocating memory takes as long as the copy
// itself. Thread-safe.
class CaptureMemory {
 public:
  TensorSnapshot take();
  void give(TensorSnapshot snapshot);

 private:
  std::mutex mutex_;
  std::vector<TensorSnapshot> free_;
};

// Returns content that gives its memory back to `memory` when it is destroyed.
std::unique_ptr<store::CheckpointContent> saved_state(CapturedCheckpoint checkpoint,
                                                      std::shared_ptr<CaptureMemory> memory);

class Saver {
 public:
  // `state`: the initial state; `resumed`: whether it comes from a checkpoint. Captures the state
  // once, so that the first save does not have to allocate memory. Requires: `setup`, `folder` and
  // `line` outlive it. Throws CheckpointStore's errors.
  Saver(const RunSetup& setup, const RunFolder& folder, std::shared_ptr<store::SmallFiles> files,
        const RunState& state, bool resumed, Learner& learner, const LossHistory& losses,
        StatusLine& line);

  // Whether a save is due: as --save-every says, and at the end of an epoch and of the run.
  bool due(const RunState& state) const;

  // Whether the state after `step` steps is already saved.
  bool has(std::uint64_t step) const { return step == 0 || (saved_ && saved_->step == step); }

  // Both wait for the device, copy the learner's tensors and return.
  void save(const RunState& state, Learner& learner, const LossHistory& losses);
  void save_best(const RunState& state, Learner& learner);
  void save_best_unlabelled(const RunState& state, Learner& learner);

  // Throws an error that makes further training useless: the state can't be saved, or the lock was
  // lost.
  void throw_if_failed() const { store_->throw_if_failed(); }

  // Waits until everything is in the run folder, or until `enough()` returns true. Returns whether
  // everything is there.
  bool flush(const std::function<bool()>& enough) { return store_->flush(enough); }

  // Call after flush() returned false. Returns what was not published, and why.
  std::string unfinished() const;

  store::Safety safety() const { return store_->safety(); }
  double longest_save() const { return store_->longest_save(); }  // seconds; 0: none yet

 private:
  // Return the best network of this run that an earlier process left on this machine; "" if there
  // is none.
  std::filesystem::path waiting_best_of(const RunState& state) const;
  std::filesystem::path waiting_best_unlabelled_of(const RunState& state) const;

  const RunSetup& setup_;
  const RunFolder& folder_;
  const std::shared_ptr<CaptureMemory> memory_ = std::make_shared<CaptureMemory>();
  std::unique_ptr<store::CheckpointStore> store_;
  std::optional<RunState> saved_;  // the newest
  Clock::time_point saved_at_ = Clock::now();
};

}  // namespace rod::trainer
