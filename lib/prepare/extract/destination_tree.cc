#include "prepare/extract/destination_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/error.h"

namespace rod::prepare {
namespace {

// Far below the usual limit of 1,024 descriptors; files of one folder mostly follow one another.
constexpr std::size_t kOpenFolders = 256;

[[noreturn]] void refuse_obstacle(const std::string& path, const char* expected) {
  throw BadInput(
      fmt::format("{}: a link or another kind of file is in place of the archive's {}; nothing is "
                  "written through it: remove it and run the same command again",
                  path, expected));
}

}  // namespace

SplitPath split_path(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

DestinationTree::DestinationTree(const std::filesystem::path& root, bool make_folders)
    : make_folders_(make_folders),
      root_(std::make_shared<Folder>(Folder{io::File::open_folder(root), false})) {}

std::shared_ptr<const Folder> DestinationTree::folder(const std::string& path) {
  if (path.empty()) return root_;
  if (const auto found = open_.find(path); found != open_.end()) return found->second;
  const SplitPath split = split_path(path);
  const auto parent = folder(split.folder);
  if (parent == nullptr) return nullptr;
  const std::string shown = parent->file.path() + "/" + split.name;
  const bool staged_here = staging_ != nullptr && parent == root_ && !holds(*root_, split.name);
  const int above = staged_here ? staging_->file.fd() : parent->file.fd();
  bool fresh = false;
  if (make_folders_) {
    fresh = ::mkdirat(above, split.name.c_str(), 0755) == 0;
    if (!fresh && errno != EEXIST) throw_errno(shown, "create the folder");
  }
  const int fd =
      ::openat(above, split.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT && !make_folders_) return nullptr;
  if (fd < 0 && (errno == ELOOP || errno == ENOTDIR)) refuse_obstacle(shown, "folder");
  if (fd < 0) throw_errno(shown, "open the folder");
  if (open_.size() >= kOpenFolders) open_.clear();
  return open_[path] = std::make_shared<Folder>(
             Folder{io::File(fd, shown), fresh, parent->staged || staged_here});
}

bool holds(const Folder& folder, const std::string& name) {
  struct stat status {};
  if (::fstatat(folder.file.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno != ENOENT) throw_errno(folder.file.path() + "/" + name, "look at it");
  return false;
}

std::optional<std::uint64_t> existing_size(const Folder& folder, const std::string& name) {
  struct stat status {};
  if (::fstatat(folder.file.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw_errno(folder.file.path() + "/" + name, "look at it");
  }
  if (!S_ISREG(status.st_mode)) refuse_obstacle(folder.file.path() + "/" + name, "file");
  return static_cast<std::uint64_t>(status.st_size);
}

std::optional<io::File> open_existing(const Folder& folder, const std::string& name) {
  const int fd =
      ::openat(folder.file.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  return io::File(fd, folder.file.path() + "/" + name);
}

}  // namespace rod::prepare
