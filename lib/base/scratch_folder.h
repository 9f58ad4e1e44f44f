// The folder on this machine for files that are to be moved to a drive.
#pragma once

#include <filesystem>

namespace rod {

// Returns `local_dir` (the value of --local-dir), which need not exist. If it is empty, creates and
// returns this user's folder among the system's temporary files. Throws SystemError; Error(kFailed)
// if another user owns that folder.
std::filesystem::path scratch_folder(const std::filesystem::path& local_dir);

}  // namespace rod
