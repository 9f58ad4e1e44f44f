#include "base/scratch_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace rod {

std::filesystem::path scratch_folder(const std::filesystem::path& local_dir) {
  if (!local_dir.empty()) return local_dir;
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("rod-{}", ::geteuid());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    throw_errno(folder.string(), "create the folder");
  // Anybody may write to the system's temporary folder and guess a name in it: it must be ours
  // alone.
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) throw_errno(folder.string(), "read the owner");
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) {
    throw Error(ErrorKind::kFailed,
                fmt::format("{}: belongs to somebody else; give another folder with --local-dir",
                            folder.string()));
  }
  return folder;
}

}  // namespace rod
