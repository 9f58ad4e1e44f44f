// The writer: brings checkpoints from memory to the local folder.
#pragma once

#include <filesystem>
#include <memory>

#include "store/checkpoint_queue.h"
#include "store/local_folder.h"
#include "store/shared_log.h"
#include "store/small_files.h"

namespace rod::store {

// Keeps no state of its own: what it has in hand is a CheckpointFile in stage kInMemory.
class LocalWriter {
 public:
  // All must outlive run().
  LocalWriter(CheckpointQueue& queue, SmallFiles& files, SharedLog& log,
              const std::filesystem::path& run, const LocalFolder& local)
      : queue_(queue), files_(files), log_(log), run_(run), local_(local) {}

  // The writer's thread; ends after CheckpointQueue::stop().
  void run();

 private:
  void write(CheckpointFile& file) const;

  CheckpointQueue& queue_;
  SmallFiles& files_;
  SharedLog& log_;
  const std::filesystem::path run_;
  const LocalFolder local_;
};

// Removes the local copies of checkpoints that nobody needs any more. Ignores errors.
void remove_local(const LocalFolder& local, const std::vector<CheckpointFile>& files);

}  // namespace rod::store
