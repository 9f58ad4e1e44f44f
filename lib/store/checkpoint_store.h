// Saving beside the work: a checkpoint is written on this machine at once, and brought to the run
// folder by a thread that may wait for its drive as long as it likes.
//
// A checkpoint goes one way, and a thread takes each step of it (Stage):
//
//   save()  ->  CheckpointQueue  ->  LocalWriter   ->  CheckpointQueue  ->  Publisher
//   training    kInMemory            local folder      kLocal               run folder,
//   newest.json:
//                                                                           kPublished
//
// The writer writes each to the local folder, complete and read back. The publisher alone touches
// the run folder: it signs the lock, brings small files up to date, publishes best.safetensors and
// the waiting states, oldest first, each followed by newest.json, and removes old ones. When the
// run folder fails, it tries again with growing pauses (RetrySchedule); at most `keep` states wait,
// the oldest is dropped first. Whoever calls save() waits for neither. A run folder on a drive that
// is unmounted fails: what is made at its place on this machine's disk is not the drive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "io/retry.h"
#include "store/checkpoint_folder.h"
#include "store/checkpoint_queue.h"
#include "store/local_folder.h"
#include "store/run_lock.h"
#include "store/small_files.h"

namespace rod::store {

// All functions are for one thread, the one that trains.
class CheckpointStore {
 public:
  struct Options {
    std::filesystem::path run;  // its checkpoints/ holds the states
    LocalFolder local;
    std::uint32_t keep = 3;            // newest states to keep in the run folder
    std::filesystem::path adopt_best;  // the one of waiting_best() that is this run's; empty: none
    io::Log log;                       // any thread; not after the destructor
  };

  // Continues with what an earlier process has left waiting in the local folder, if it is newer
  // than the run folder's. `resumed`: the state that the run resumes from, step 0 for none; later
  // ones are void, and are removed when a state has been published. Errors: throw_errno.
  CheckpointStore(Options options, std::shared_ptr<SmallFiles> files, std::shared_ptr<RunLock> lock,
                  const NewestPointer& resumed);

  // Waits two seconds for the threads to end; one that the drive holds is left behind.
  ~CheckpointStore();
  CheckpointStore(const CheckpointStore&) = delete;
  CheckpointStore& operator=(const CheckpointStore&) = delete;

  // The state after `step` steps and `seconds` of training. Returns at once.
  void save(std::uint64_t step, double seconds, std::unique_ptr<CheckpointContent> state);
  void save_best(std::unique_ptr<CheckpointContent> network);

  // Throws what ends the run: a state that prepare() refused, a lost lock.
  void throw_if_failed() const;

  Safety safety() const;

  // Seconds that the slowest save so far has kept the disk and the drive busy; 0: none was
  // published yet.
  double longest_save() const;

  // Waits until all is in the run folder, or until `enough()`, asked ten times a second. Returns
  // whether all is; false also for a state that was lost. Throws as throw_if_failed().
  bool flush(const std::function<bool()>& enough);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // with the threads, which may outlive this
};

}  // namespace rod::store
