#include "prepare/extract_state.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"

namespace rod {
namespace {

constexpr const char* kPart = "part";

}  // namespace

void Stage::begin(const std::string& shown) {
  discard();
  int fd = -1;
  do {
    fd = ::openat(folder_.fd(), kPart, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) throw_errno(shown, "create");
  file_ = File(fd, shown);
  unfinished_ = true;
}

void Stage::publish(const Folder& folder, const std::string& name) {
  file_.close();
  if (::renameat(folder_.fd(), kPart, folder.file.fd(), name.c_str()) != 0) {
    throw_errno(file_.path(), "give it its name");
  }
  unfinished_ = false;
}

void Stage::discard() noexcept {
  file_ = File();
  if (std::exchange(unfinished_, false)) ::unlinkat(folder_.fd(), kPart, 0);
}

ExtractState::ExtractState(DestinationTree& tree, unsigned stages)
    : root_(tree.folder("")), folder_(tree.folder(kStateFolder)) {
  for (unsigned n = 0; n < kStages; ++n) {
    const std::string name = std::to_string(n);
    if (n < stages && ::mkdirat(folder_->file.fd(), name.c_str(), 0755) != 0 && errno != EEXIST) {
      throw_errno(folder_->file.path() + "/" + name, "create the folder");
    }
    const int fd =
        ::openat(folder_->file.fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && n < stages) throw_errno(folder_->file.path() + "/" + name, "open the folder");
    if (fd < 0) continue;
    File stage(fd, folder_->file.path() + "/" + name);
    ::unlinkat(fd, kPart, 0);
    if (n < stages) {
      stages_.emplace_back(std::move(stage));
    } else {  // of an earlier run with more threads
      ::unlinkat(folder_->file.fd(), name.c_str(), AT_REMOVEDIR);
    }
  }
}

ExtractState::~ExtractState() {
  for (unsigned n = 0; n < stages_.size(); ++n) {
    stages_[n].discard();
    ::unlinkat(folder_->file.fd(), std::to_string(n).c_str(), AT_REMOVEDIR);
  }
  ::unlinkat(root_->file.fd(), kStateFolder, AT_REMOVEDIR);
}

}  // namespace rod
