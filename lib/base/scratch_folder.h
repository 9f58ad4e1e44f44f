// Where on this machine things wait for a drive.
#pragma once

#include <filesystem>

namespace rod {

// `local_dir`, as --local-dir gives it, made or not; where it is empty, a folder of this user's own
// among the system's temporary files, made. Errors: throw_errno; kFailed when somebody else owns
// that one.
std::filesystem::path scratch_folder(const std::filesystem::path& local_dir);

}  // namespace rod
