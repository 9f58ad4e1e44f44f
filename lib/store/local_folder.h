// Where on this machine a run keeps the states that wait for its drive.
#pragma once

#include <filesystem>
#include <string>

namespace rod::store {

struct LocalFolder {
  std::filesystem::path path;
  // On another file system than the run folder, or asked for: small files are kept there too.
  bool separate;
};

// `local_dir` empty: RUN/.local where the run folder is on this machine's own disk, else in the
// system's folder for temporary files. A folder of its own for each run: what another run left
// behind is never taken for this one's. Creates RUN/.run, the run's random name, and the folder.
// Errors: throw_errno; kFailed when somebody else owns the folder.
LocalFolder open_local_folder(const std::filesystem::path& run,
                              const std::filesystem::path& local_dir);

}  // namespace rod::store
