// The local folder: where a run keeps checkpoints on this machine until they are published.
#pragma once

#include <filesystem>
#include <string>

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

}  // namespace rod::store
