// The writer: writes checkpoints from memory to the local folder.
#pragma once

#include <filesystem>
#include <memory>

#include "store/checkpoint_queue.h"
#include "store/local_folder.h"
#include "store/shared_log.h"
#include "store/small_files.h"

namespace rod::store {

// Has no state besides the CheckpointFile, in stage kInMemory, that it is writing.
class LocalWriter {
 public:
  // Requires: all arguments outlive run().
  LocalWriter(CheckpointQueue& queue, SmallFiles& files, SharedLog& log,
              const std::filesystem::path& run, const LocalFolder& local)
      : queue_(queue), files_(files), log_(log), run_(run), local_(local) {}

  // The body of the writer's thread. Returns after CheckpointQueue::stop().
  void run();

 private:
  void write(CheckpointFile& file) const;

  CheckpointQueue& queue_;
  SmallFiles& files_;
  SharedLog& log_;
  const std::filesystem::path run_;
  const LocalFolder local_;
};

// Removes the local copies of checkpoints that are no longer needed. Ignores errors.
void remove_local(const LocalFolder& local, const std::vector<CheckpointFile>& files);

}  // namespace rod::store
