// The local folder, where a run keeps checkpoints on this machine until they are published, and the
// writer that puts them there.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "store/checkpoint_queue.h"
#include "store/shared_log.h"
#include "store/small_files.h"

namespace rod::store {

struct LocalFolder {
  std::filesystem::path path;
  // Whether it is on another file system than the run folder, or was requested. Small files are
  // then kept there too.
  bool separate;
};

// Creates and returns this run's own folder: in `local_dir`; or, if that is empty, RUN/.local if
// the run folder is on this machine's own disk, and otherwise in the system's folder for temporary
// files. Also creates RUN/.run, the run's random name, so that files of another run are never used.
// Throws SystemError; Error(kFailed) if another user owns the folder.
LocalFolder open_local_folder(const std::filesystem::path& run,
                              const std::filesystem::path& local_dir);

// Writes checkpoints from memory to the local folder. Has no state besides the CheckpointFile, in
// stage kInMemory, that it is writing.
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
