// The publisher: copies checkpoints and small files to the run folder, and retries as long as its
// drive fails or hangs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "store/checkpoint_queue.h"
#include "store/local_folder.h"
#include "store/retry_schedule.h"
#include "store/run_lock.h"
#include "store/shared_log.h"
#include "store/small_files.h"

namespace rod::store {

// Thread safety: after the constructor, only the thread that calls run() uses its members.
class Publisher {
 public:
  struct Options {
    std::filesystem::path run;
    LocalFolder local;
    std::uint32_t keep = 3;
    std::set<std::uint64_t> void_steps;  // states in the run folder that the resume went back from
  };

  // Requires: all arguments outlive run().
  Publisher(CheckpointQueue& queue, SmallFiles& files, RunLock& lock, SharedLog& log,
            Options options);

  // The body of the publisher's thread. Returns after CheckpointQueue::stop() when everything is
  // published or the run folder fails, and when the lock is lost.
  void run();

 private:
  void round(bool stopping);
  void publish(CheckpointFile& file);
  void publish_file(CheckpointFile& file) const;
  void name_newest(const CheckpointFile& file);
  void require_ours() const;
  void require_drive() const;
  bool make_room();
  void forget_before(std::uint64_t step) const;
  bool is_lost(const CheckpointFile& file) const;
  void failed(const std::string& why, bool only_in_memory, bool stopping);
  void succeeded();
  std::filesystem::path checkpoints() const;
  std::filesystem::path local(const CheckpointFile& file) const;

  CheckpointQueue& queue_;
  SmallFiles& files_;
  RunLock& lock_;
  SharedLog& log_;
  Options options_;
  const bool on_drive_;  // the run folder, when the run began
  RetrySchedule schedule_;
  std::string trouble_;       // why the last round failed; empty: it did not
  bool best_failed_ = false;  // at its last round: states go first
};

}  // namespace rod::store
