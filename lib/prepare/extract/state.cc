#include "prepare/extract/state.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/error.h"
#include "prepare/extract/journal.h"

namespace rod::prepare {
namespace {

constexpr const char* kPart = "part";
constexpr const char* kNote = "note";
constexpr const char* kTree = "tree";

int create(const io::File& folder, const std::string& name, const std::string& shown) {
  int fd = -1;
  do {
    fd = ::openat(folder.fd(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  0644);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) throw_errno(shown, "create");
  return fd;
}

std::vector<std::string> names_in(const Folder& folder) {
  const int fd = ::openat(folder.file.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const listing = fd < 0 ? nullptr : ::fdopendir(fd);
  if (listing == nullptr) throw_errno(folder.file.path(), "list the folder");
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  ::closedir(listing);
  return names;
}

// Removes those of the noted files that are shorter than they should be.
void remove_half_files(const io::File& stage, const std::shared_ptr<const Folder>& built) {
  const int fd = ::openat(stage.fd(), kNote, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  const io::File note(fd, stage.path() + "/" + kNote);
  std::string lines(note.size(), '\0');
  lines.resize(note.read_some(std::as_writable_bytes(std::span(lines)), 0));
  DestinationTree tree(built);
  for_each_noted_file(lines, [&](const std::string& path, std::uint64_t size) {
    const SplitPath place = split_path(path);
    const auto folder = tree.folder(place.folder);
    if (folder == nullptr) return;
    const auto found = existing_size(*folder, place.name);
    if (found && *found != size) ::unlinkat(folder->file.fd(), place.name.c_str(), 0);
  });
}

}  // namespace

Stage::Stage(io::File folder) : folder_(std::move(folder)) {
  const std::string shown = folder_.path() + "/" + kNote;
  ::unlinkat(folder_.fd(), kNote, 0);
  note_ = io::File(create(folder_, kNote, shown), shown);
}

void Stage::begin(const std::string& shown) {
  discard();
  file_ = io::File(create(folder_, kPart, shown), shown);
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
  file_ = io::File();
  if (std::exchange(unfinished_, false)) ::unlinkat(folder_.fd(), kPart, 0);
}

void Stage::clear() noexcept {
  discard();
  ::unlinkat(folder_.fd(), kNote, 0);
}

void Stage::note(std::string_view lines) {
  // Emptied first: a kill in between must not leave a mixture of two notes.
  if (::ftruncate(note_.fd(), 0) != 0 || ::lseek(note_.fd(), 0, SEEK_SET) != 0) {
    throw_errno(note_.path(), "empty it");
  }
  note_.write_all(std::as_bytes(std::span(lines)));
}

void Stage::write_in_place(const Folder& folder, const std::string& name,
                           std::span<const std::byte> data) {
  const std::string shown = folder.file.path() + "/" + name;
  io::File file(create(folder.file, name, shown), shown);
  try {
    file.write_all(data);
    file.close();
  } catch (...) {
    ::unlinkat(folder.file.fd(), name.c_str(), 0);
    throw;
  }
}

ExtractState::ExtractState(DestinationTree& tree, unsigned stages)
    : root_(tree.folder("")),
      folder_(tree.folder(kStateFolder)),
      built_(tree.folder(std::string(kStateFolder) + "/" + kTree)) {
  for (unsigned n = 0; n < kStages; ++n) {
    const std::string name = std::to_string(n), shown = folder_->file.path() + "/" + name;
    if (n < stages && ::mkdirat(folder_->file.fd(), name.c_str(), 0755) != 0 && errno != EEXIST) {
      throw_errno(shown, "create the folder");
    }
    const int fd =
        ::openat(folder_->file.fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && n < stages) throw_errno(shown, "open the folder");
    if (fd < 0) continue;
    io::File stage(fd, shown);
    ::unlinkat(fd, kPart, 0);
    remove_half_files(stage, built_);
    if (n < stages) {
      stages_.emplace_back(std::move(stage));
    } else {  // of an earlier run with more threads
      ::unlinkat(fd, kNote, 0);
      ::unlinkat(folder_->file.fd(), name.c_str(), AT_REMOVEDIR);
    }
  }
  publish();
  tree.stage_in(built_);
}

void ExtractState::publish() {
  for (const std::string& name : names_in(*built_)) {
    const std::string shown = root_->file.path() + "/" + name;
    if (holds(*root_, name)) {
      throw Error(
          ErrorKind::kFailed,
          fmt::format("{0}: was created by another process while {1}/{2} was unpacked under the "
                      "same name; move one of them away and run the same command again",
                      shown, built_->file.path(), name));
    }
    if (::renameat(built_->file.fd(), name.c_str(), root_->file.fd(), name.c_str()) != 0) {
      throw_errno(shown, "give it its name");
    }
  }
}

ExtractState::~ExtractState() {
  for (unsigned n = 0; n < stages_.size(); ++n) {
    stages_[n].clear();
    ::unlinkat(folder_->file.fd(), std::to_string(n).c_str(), AT_REMOVEDIR);
  }
  ::unlinkat(folder_->file.fd(), kTree, AT_REMOVEDIR);
  ::unlinkat(root_->file.fd(), kStateFolder, AT_REMOVEDIR);
}

}  // namespace rod::prepare
