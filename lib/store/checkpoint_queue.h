// Where a run's checkpoints are between three threads: the one that trains, the writer and the
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

// How safe the work is.
struct Safety {
  using Time = std::chrono::steady_clock::time_point;
  // When the newest state was taken that is in the run folder; absent: none yet.
  std::optional<Time> safe;
  // The same of those that wait on this machine; absent: none waits.
  std::optional<Time> local;
  // Since when the run folder has not answered a call that is under way.
  std::optional<Time> silent;
  std::string trouble;  // why the run folder does not take the states; empty: it does
};

// Touches no disk. The training thread puts checkpoints in; the writer takes them from memory, and
// gives them back when they are in the local folder; the publisher takes those, oldest first, and
// gives back what the run folder does not take. At most `keep` states wait, the oldest is dropped
// first. Thread safety: each function says which thread calls it.
class CheckpointQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `safe`: as in Safety, of an earlier process.
  CheckpointQueue(std::uint32_t keep, std::optional<Time> safe) : keep_(keep) {
    safety_.safe = safe;
  }

  // The training thread.

  // In stage kInMemory. Drops older ones that wait in memory, when they take too much of it.
  void put(CheckpointFile file);
  void throw_if_failed() const;
  Safety safety() const;
  double longest_save() const;
  void stop();  // the threads end when nothing is left to do, or nothing can be done
  void ask_to_flush(bool ask);  // small files too, and without a pause
  struct Rest {
    bool idle = false;  // nothing is on its way
    bool lost = false;  // the newest state was lost
  };
  Rest rest() const;  // throws as throw_if_failed()

  // The writer.

  // Waits for the next one in stage kInMemory; nothing: stopped, and none is left. The writer holds
  // it until it calls put_written() or fail_writing().
  std::optional<CheckpointFile> take_from_memory();
  // In stage kLocal, or still kInMemory where the local disk fails. Returns what has become
  // superfluous.
  std::vector<CheckpointFile> put_written(CheckpointFile file);

  // The run ends with `error`: what is in memory is not worth saving, and dropped.
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

  // The training thread and the publisher: waits until the version is another one, or `until`.
  void wait(std::uint64_t seen_version, Time until) const;

  // Begins a round: the best network first unless `states_first`, then the oldest state. Nothing:
  // there is none.
  std::optional<CheckpointFile> take_to_publish(bool states_first);

  struct Round {
    std::optional<CheckpointFile> file;  // what take_to_publish() returned
    bool done = false;                   // the file is in the run folder, and newest.json names it
    bool lost = false;                   // not done, and the local folder has lost it
    double seconds = 0;                  // that the run folder took
    std::string trouble{};               // as in Safety
    std::exception_ptr fatal{};          // ends the run, and stops the queue
  };
  // Ends it: what is not done waits again. Returns what has become superfluous.
  std::vector<CheckpointFile> end_round(Round round);

 private:
  void change() ROD_REQUIRES(mutex_);

  const std::uint32_t keep_;
  mutable Mutex mutex_;
  mutable ConditionVariable changed_;
  // To the local folder, oldest first.
  std::deque<CheckpointFile> in_memory_ ROD_GUARDED_BY(mutex_);
  // States to the run folder, oldest first, and the best network.
  std::deque<CheckpointFile> waiting_ ROD_GUARDED_BY(mutex_);
  std::optional<CheckpointFile> waiting_best_ ROD_GUARDED_BY(mutex_);
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
