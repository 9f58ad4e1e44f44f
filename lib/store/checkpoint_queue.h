// Passes a run's checkpoints between three threads: the training thread, the writer and the
// publisher.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "store/checkpoint_file.h"

namespace rod::store {

// How far a run's checkpoints have been saved.
struct Safety {
  using Time = std::chrono::steady_clock::time_point;
  // When the newest checkpoint in the run folder was captured; absent if there is none.
  std::optional<Time> safe;
  // The same for checkpoints that are pending on this machine; absent if none is pending.
  std::optional<Time> local;
  // The start of a call to the run folder that has not returned; absent if there is none.
  std::optional<Time> silent;
  std::string trouble;  // why checkpoints can't be written to the run folder; empty if they can
};

// Performs no I/O. The training thread adds checkpoints. The writer takes them from memory and
// returns them when they are in the local folder. The publisher takes these, oldest first, and
// returns those that it could not publish. At most `keep` checkpoints are pending; the oldest is
// dropped first. Thread safety: functions are grouped by the thread that calls them.
class CheckpointQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `safe`: Safety::safe of an earlier process.
  CheckpointQueue(std::uint32_t keep, std::optional<Time> safe) : keep_(keep) {
    safety_.safe = safe;
  }

  // The training thread.

  // Adds a checkpoint in stage kInMemory. Drops older ones in memory if they take too much of it.
  void put(CheckpointFile file);
  void throw_if_failed() const;
  Safety safety() const;
  double longest_save() const;
  void stop();                  // the threads end when nothing more can be done
  void ask_to_flush(bool ask);  // small files too, and without a pause
  struct Rest {
    bool idle = false;  // nothing is on its way
    bool lost = false;  // the newest state was lost
  };
  Rest rest() const;  // throws as throw_if_failed()

  // The writer.

  // Waits for the next checkpoint in stage kInMemory. Returns nothing after stop() when none is
  // left. The writer owns it until it calls put_written() or fail_writing().
  std::optional<CheckpointFile> take_from_memory();
  // Returns a checkpoint in stage kLocal, or kInMemory if the local disk failed. Returns the
  // checkpoints that are superseded.
  std::vector<CheckpointFile> put_written(CheckpointFile file);

  // Ends the run with `error` and drops the checkpoints in memory, which are not worth saving.
  void fail_writing(std::exception_ptr error);

  // The publisher.

  struct View {
    bool checkpoints = false;   // some wait to be published
    bool coming = false;        // from the writer
    bool flush = false;         // ask_to_flush()
    std::uint64_t flushes = 0;  // how often it was asked for
    bool stop = false;
    std::uint64_t version = 0;
  };
  View view() const;

  // For the training thread and the publisher: waits until the version changes or `until` is
  // reached.
  void wait(std::uint64_t seen_version, Time until) const;

  // Begins a round. Returns a best network, unless `states_first`, otherwise the oldest checkpoint;
  // nothing if there is none.
  std::optional<CheckpointFile> take_to_publish(bool states_first);

  struct Round {
    std::optional<CheckpointFile> file;  // what take_to_publish() returned
    bool done = false;                   // the file is in the run folder, and newest.json names it
    bool lost = false;                   // not done, and the local folder has lost it
    double seconds = 0;                  // that the run folder took
    std::string trouble{};               // as in Safety
    std::exception_ptr fatal{};          // ends the run, and stops the queue
  };
  // Ends the round. A file that was not published is pending again. Returns the checkpoints that
  // are superseded.
  std::vector<CheckpointFile> end_round(Round round);

 private:
  void change() ROD_REQUIRES(mutex_);
  // Takes the waiting best network of this kind.
  std::optional<CheckpointFile> take_best(CheckpointFile::Kind kind) ROD_REQUIRES(mutex_);

  const std::uint32_t keep_;
  mutable Mutex mutex_;
  mutable ConditionVariable changed_;
  // Pending for the local folder, oldest first.
  std::deque<CheckpointFile> in_memory_ ROD_GUARDED_BY(mutex_);
  // Pending for the run folder: checkpoints, oldest first, and the best networks, one
  // of each kind.
  std::deque<CheckpointFile> waiting_ ROD_GUARDED_BY(mutex_);
  std::deque<CheckpointFile> waiting_best_ ROD_GUARDED_BY(mutex_);
  bool writing_ ROD_GUARDED_BY(mutex_) = false;     // the writer has one in hand
  bool publishing_ ROD_GUARDED_BY(mutex_) = false;  // the publisher is in a round
  bool stop_ ROD_GUARDED_BY(mutex_) = false;
  bool flush_ ROD_GUARDED_BY(mutex_) = false;
  std::uint64_t flushes_ ROD_GUARDED_BY(mutex_) = 0;
  bool newest_lost_ ROD_GUARDED_BY(mutex_) = false;
  std::uint64_t version_ ROD_GUARDED_BY(mutex_) = 0;  // of everything here
  std::exception_ptr error_ ROD_GUARDED_BY(mutex_);   // ends the run
  Safety safety_ ROD_GUARDED_BY(mutex_);
  double longest_save_ ROD_GUARDED_BY(mutex_) = 0;
  std::uint64_t bests_ ROD_GUARDED_BY(mutex_) = 0;  // best networks put in so far
};

}  // namespace rod::store
