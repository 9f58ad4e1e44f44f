// Saves checkpoints in the background: one thread writes them to this machine's disk at once,
// another publishes them to the run folder and may wait for its drive.
//
// A checkpoint passes through these stages (Stage), each handled by one thread:
//
//   save()  ->  CheckpointQueue  ->  LocalWriter   ->  CheckpointQueue  ->  Publisher
//   training    kInMemory            local folder      kLocal               run folder, newest.json
//                                                                           kPublished
//
// The writer writes each checkpoint to the local folder and reads it back. Only the publisher
// accesses the run folder: it refreshes the lock, updates small files, publishes best.safetensors
// and the pending checkpoints, oldest first, each followed by newest.json, and removes old ones.
// When the run folder fails, it retries with growing pauses (RetrySchedule). At most `keep`
// checkpoints are pending; the oldest is dropped first. save() waits for neither thread. If the run
// folder's drive is unmounted, publishing fails: nothing is written to its mount point on this
// machine's disk.
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

// Thread safety: all functions are for the training thread.
class CheckpointStore {
 public:
  struct Options {
    std::filesystem::path run;  // checkpoints go to its checkpoints/
    LocalFolder local;
    std::uint32_t keep = 3;  // newest states to keep in the run folder
    // The file of waiting_best() that belongs to this run; empty: none.
    std::filesystem::path adopt_best;
    io::Log log;  // called on any thread, but not after the destructor
    std::filesystem::path adopt_best_unlabelled{};  // the same for kBestUnlabelledName
  };

  // Continues with pending checkpoints that an earlier process left in the local folder, if they
  // are newer than those in the run folder. `resumed`: the checkpoint that the run resumes from, or
  // step 0. Later ones are void, and are removed once a new checkpoint was published. Throws
  // SystemError.
  CheckpointStore(Options options, std::shared_ptr<SmallFiles> files, std::shared_ptr<RunLock> lock,
                  const NewestPointer& resumed);

  // Waits two seconds for the threads to end. A thread that hangs in a call to the drive is
  // abandoned.
  ~CheckpointStore();
  CheckpointStore(const CheckpointStore&) = delete;
  CheckpointStore& operator=(const CheckpointStore&) = delete;

  // Saves the state after `step` steps and `seconds` of training. Returns at once.
  void save(std::uint64_t step, double seconds, std::unique_ptr<CheckpointContent> state);
  // `kind`: kBest or kBestUnlabelled.
  void save_best(std::unique_ptr<CheckpointContent> network,
                 CheckpointFile::Kind kind = CheckpointFile::Kind::kBest);

  // Throws the error that ends the run: prepare() failed, or the lock was lost.
  void throw_if_failed() const;

  Safety safety() const;

  // Returns the seconds that the slowest save so far took on the disk and the drive; 0 if none was
  // published yet.
  double longest_save() const;

  // Waits until everything is in the run folder, or until `enough()`, called ten times a second,
  // returns true. Returns whether everything is there; false also if a checkpoint was lost. Throws
  // what throw_if_failed() throws.
  bool flush(const std::function<bool()>& enough);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // with the threads, which may outlive this
};

}  // namespace rod::store
