// Saving beside the work: states are written on this machine at once, and brought to the run folder by a thread that may
// wait for its drive as long as it likes.
//
// Two threads. The first writes each state to the local folder, complete and read back. The second alone touches the run
// folder: it signs the lock, brings small files up to date, publishes best.safetensors and the waiting states, oldest
// first, each followed by newest.json, and removes old ones. When the run folder fails, it tries again with growing
// pauses; at most `keep` states wait, the oldest give way. Whoever calls save() waits for neither. A run folder on a drive
// that is unmounted fails: what is made at its place on this machine's disk is not the drive.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "io/verified_copy.h"
#include "store/checkpoint_folder.h"
#include "store/local_folder.h"
#include "store/run_lock.h"
#include "store/small_files.h"

namespace rod {

// A state in memory that is to become a file. Used on one thread at a time, not on the one that made it.
class SavedState {
 public:
  virtual ~SavedState() = default;
  virtual std::uint64_t bytes() const = 0;
  virtual void prepare() = 0;  // before write(); errors end the run: the state is not worth saving
  virtual void write(const io::ByteSink& sink) const = 0;
};

// How safe the work is.
struct Safety {
  using Time = std::chrono::steady_clock::time_point;
  std::optional<Time>
      safe;  // when the newest state was taken that is in the run folder; absent: none yet
  std::optional<Time> local;  // the same of those that wait on this machine; absent: none waits
  std::optional<Time>
      silent;           // since when the run folder has not answered a call that is under way
  std::string trouble;  // why the run folder does not take the states; empty: it does
};

class CheckpointStore {
 public:
  struct Options {
    std::filesystem::path run;  // its checkpoints/ holds the states
    LocalFolder local;
    std::uint32_t keep = 3;            // newest states to keep in the run folder
    std::filesystem::path adopt_best;  // the one of waiting_best() that is this run's; empty: none
    std::function<void(const std::string&)> say;  // any thread; not after the destructor
  };

  // Goes on with what an earlier process has left waiting in the local folder, if it is newer than the run folder's.
  // `resumed`: the state that the run goes on from, step 0 for none; later ones are void, and go when a state has been
  // published. Errors: throw_errno.
  CheckpointStore(Options options, std::shared_ptr<SmallFiles> files, std::shared_ptr<RunLock> lock,
                  const NewestPointer& resumed);

  // Gives the threads a moment to end; one that the drive holds is left behind.
  ~CheckpointStore();
  CheckpointStore(const CheckpointStore&) = delete;
  CheckpointStore& operator=(const CheckpointStore&) = delete;

  // The state after `step` steps and `seconds` of training. Returns at once.
  void save(std::uint64_t step, double seconds, std::unique_ptr<SavedState> state);
  void save_best(std::unique_ptr<SavedState> state);

  // Throws what ends the run: a state that prepare() refused, a lost lock.
  void rethrow() const;

  Safety safety() const;

  // Seconds that the slowest save so far has kept the disk and the drive busy; 0: none has come through yet.
  double longest_save() const;

  // Waits until all is in the run folder, or until `enough()`, asked ten times a second. True when all is; false also
  // for a state that has got lost.
  // Errors: rethrow()'s.
  bool finish(const std::function<bool()>& enough);

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace rod
