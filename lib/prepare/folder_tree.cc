#include "prepare/folder_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "base/file.h"

namespace rod {

FolderTree::FolderTree(const std::filesystem::path& folder) : folder_(folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const std::size_t skip = (folder / "").native().size();
  fs::recursive_directory_iterator at(folder, error);
  while (!error && at != fs::recursive_directory_iterator()) {
    std::error_code gone;  // a dangling link is no file
    if (at->is_regular_file(gone)) files_.push_back(at->path().native().substr(skip));
    at.increment(error);
  }
  if (error) throw_errno(folder.string(), "list the folder", error.value());
  std::sort(files_.begin(), files_.end());
  names_.reserve(files_.size());
  for (const std::string& file : files_) names_.insert(file);
}

std::uint64_t FolderTree::size(const std::string& path) const {
  struct stat status {};
  const std::string full = (folder_ / path).string();
  if (::stat(full.c_str(), &status) != 0) throw_errno(full, "read the size");
  return static_cast<std::uint64_t>(status.st_size);
}

void FolderTree::read(const std::string& path, std::vector<std::byte>& out) const {
  const File file = File::open_read(folder_ / path);
  out.resize(file.size());
  file.read_exactly(out, 0);
}

}  // namespace rod
