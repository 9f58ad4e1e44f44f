#include "store/local_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "base/error.h"
#include "base/file.h"
#include "base/machine.h"

namespace rod {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kNameDigits = 16;

bool is_name(const std::string& text) {
  return text.size() == kNameDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string run_name(const fs::path& run) {
  const fs::path path = run / ".run";
  if (fs::exists(path)) {
    const std::string text = read_file(path, 64).substr(0, kNameDigits);
    if (is_name(text)) return text;
  }
  std::random_device device;
  const std::string name = fmt::format("{:08x}{:08x}", device(), device());
  write_file(path, name + "\n");
  return name;
}

// A folder under a name that anybody may guess, in a folder that anybody may write to: it must be ours alone.
fs::path private_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw_errno(folder.string(), "create the folder");
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) throw_errno(folder.string(), "read the owner");
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) {
    throw Error(ErrorKind::kFailed, fmt::format("{}: belongs to somebody else; give another folder with --local-dir",
                                                folder.string()));
  }
  return folder;
}

}  // namespace

LocalFolder open_local_folder(const fs::path& run, const fs::path& local_dir) {
  LocalFolder local;
  if (local_dir.empty() && !is_on_drive(run)) {
    local = {run / ".local", false};
  } else {
    const fs::path base = local_dir.empty()
                              ? private_folder(fs::temp_directory_path() / fmt::format("rod-{}", ::geteuid()))
                              : local_dir;
    const fs::path absolute = fs::absolute(run).lexically_normal();
    const fs::path last = absolute.has_filename() ? absolute.filename() : absolute.parent_path().filename();
    local = {base / "runs" / fmt::format("{}-{}", last.string(), run_name(run)), true};
  }
  make_folders(local.path);
  return local;
}

}  // namespace rod
