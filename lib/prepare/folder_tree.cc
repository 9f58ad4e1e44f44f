#include "prepare/folder_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/retrying_file.h"

namespace rod {

FolderTree::FolderTree(const std::filesystem::path& folder, io::Retrying retrying)
    : folder_(folder), retrying_(std::move(retrying)) {
  io::retry(retrying_, [this] {
    if (const std::error_code error = list())
      throw_errno(folder_.string(), "list the folder", error.value());
  });
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
    if (io::may_pass(gone.value())) return gone;
    at.increment(error);
  }
  return error;
}

std::uint64_t FolderTree::size(const std::string& path) const {
  struct stat status {};
  const std::string full = (folder_ / path).string();
  io::retry(retrying_, [&] {
    if (::stat(full.c_str(), &status) != 0) throw_errno(full, "read the size");
  });
  return static_cast<std::uint64_t>(status.st_size);
}

void FolderTree::read(const std::string& path, std::vector<std::byte>& out) const {
  const auto file = io::open_retrying(folder_ / path, retrying_);
  out.resize(file->size());
  io::read_exactly(*file, out, 0);
}

}  // namespace rod
