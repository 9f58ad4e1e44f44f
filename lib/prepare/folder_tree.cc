#include "prepare/folder_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/patient_file.h"

namespace rod {

FolderTree::FolderTree(const std::filesystem::path& folder, Patience patience)
    : folder_(folder), patience_(std::move(patience)) {
  patiently(folder.string(), "list the folder", patience_, [this] { return list().value(); });
  std::sort(files_.begin(), files_.end());
  names_.reserve(files_.size());
  for (const std::string& file : files_) names_.insert(file);
}

std::error_code FolderTree::list() {
  namespace fs = std::filesystem;
  files_.clear();
  std::error_code error;
  const std::size_t skip = (folder_ / "").native().size();
  fs::recursive_directory_iterator at(folder_, error);
  while (!error && at != fs::recursive_directory_iterator()) {
    std::error_code gone;  // a dangling link is no file
    if (at->is_regular_file(gone)) files_.push_back(at->path().native().substr(skip));
    if (may_pass(gone.value())) return gone;
    at.increment(error);
  }
  return error;
}

std::uint64_t FolderTree::size(const std::string& path) const {
  struct stat status {};
  const std::string full = (folder_ / path).string();
  patiently(full, "read the size", patience_,
            [&] { return ::stat(full.c_str(), &status) == 0 ? 0 : errno; });
  return static_cast<std::uint64_t>(status.st_size);
}

void FolderTree::read(const std::string& path, std::vector<std::byte>& out) const {
  const PatientFile file(folder_ / path, patience_);
  out.resize(file.size());
  file.read_exactly(out, 0);
}

}  // namespace rod
