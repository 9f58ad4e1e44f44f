#include "prepare/folder_tree.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "archive/name_set.h"
#include "archive/safe_path.h"
#include "base/error.h"
#include "dataset/file_kind.h"
#include "io/drive_file.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostLinks = 16;  // that lead to one folder: links to links grow without end

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [end, at] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

const char* special_name(fs::file_type type) {
  switch (type) {
    case fs::file_type::fifo:
      return "it is a FIFO";
    case fs::file_type::socket:
      return "it is a socket";
    case fs::file_type::block:
    case fs::file_type::character:
      return "it is a device";
    default:
      return "it is not a regular file";
  }
}

}  // namespace

struct FolderTree::Walk {
  fs::path root;                            // canonical
  std::vector<fs::path> above;              // canonical folders on the way to here
  std::map<fs::path, std::size_t> entered;  // by links
};

FolderTree::FolderTree(const fs::path& folder, io::Retrying retrying, bool follow_links)
    : folder_(folder), follow_links_(follow_links), retrying_(std::move(retrying)) {
  io::retry(retrying_, [this] {
    if (const int error = list()) throw_errno(folder_.string(), "list the folder", error);
  });
  sort_out();
  index_ = TextIndex(files_);
}

int FolderTree::list() {
  files_.clear();
  refused_.clear();
  std::error_code error;
  Walk walk;
  walk.root = fs::canonical(folder_, error);
  if (error) return error.value();
  walk.above.push_back(walk.root);
  return list_below(walk, folder_, "");
}

int FolderTree::list_below(Walk& walk, const fs::path& folder, const std::string& below) {
  std::error_code error;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const std::string path = below + at->path().filename().string();
    std::error_code gone;
    const fs::file_status status = at->symlink_status(gone);
    if (io::may_pass(gone.value())) return gone.value();
    if (status.type() == fs::file_type::not_found) continue;
    int fault = 0;
    const bool plain =
        status.type() == fs::file_type::regular || status.type() == fs::file_type::directory;
    if (!plain && dataset::file_kind(path) == dataset::FileKind::kLitter) {
      files_.push_back(texts_.add(path));  // ignored, wherever it leads
    } else if (status.type() == fs::file_type::symlink) {
      fault = take_link(walk, at->path(), path);
    } else if (status.type() == fs::file_type::directory) {
      if (walk.above.size() > archive::PathLimits{}.max_depth) {
        refused_.push_back({archive::printable_path(path), "its path is too many folders deep"});
        continue;
      }
      walk.above.push_back(walk.above.back() / at->path().filename());
      fault = list_below(walk, at->path(), path + "/");
      walk.above.pop_back();
    } else if (status.type() == fs::file_type::regular) {
      files_.push_back(texts_.add(path));
    } else {
      refused_.push_back({archive::printable_path(path), special_name(status.type())});
    }
    if (fault != 0) return fault;
  }
  return error.value();
}

// Returns an errno value where the file system failed.
int FolderTree::take_link(Walk& walk, const fs::path& link, const std::string& path) {
  const auto refuse = [&](const std::string& why) {
    refused_.push_back({archive::printable_path(path), why});
    return 0;
  };
  std::error_code error;
  const fs::path written = fs::read_symlink(link, error);
  if (io::may_pass(error.value())) return error.value();
  const fs::path target = fs::canonical(link, error);
  if (io::may_pass(error.value())) return error.value();
  if (error)
    return refuse(fmt::format("it is a symbolic link to '{}', which does not exist",
                              archive::printable_path(written.string())));
  const bool inside = is_below(target, walk.root);
  const fs::path parent = walk.root.parent_path();
  const bool beside =
      written.is_relative() && parent != parent.root_path() && is_below(target, parent);
  if (is_below(walk.root, target) ||
      std::find(walk.above.begin(), walk.above.end(), target) != walk.above.end()) {
    return refuse(fmt::format("it is a circular symbolic link, back to '{}'",
                              archive::printable_path(written.string())));
  }
  if (!inside && !beside && !follow_links_) {
    return refuse(fmt::format(
        "it is a symbolic link that leads out of the folder, to '{}'; --follow-links follows it",
        archive::printable_path(written.string())));
  }
  const fs::file_status status = fs::status(target, error);
  if (io::may_pass(error.value())) return error.value();
  if (status.type() == fs::file_type::regular) {
    files_.push_back(texts_.add(path));
    return 0;
  }
  if (status.type() != fs::file_type::directory)
    return refuse(fmt::format("{}, behind a symbolic link", special_name(status.type())));
  if (++walk.entered[target] > kMostLinks || walk.above.size() > archive::PathLimits{}.max_depth)
    return refuse("it is one of too many symbolic links to one folder");
  walk.above.push_back(target);
  const int fault = list_below(walk, link, path + "/");
  walk.above.pop_back();
  return fault;
}

// What an archive may not hold, a folder may not either.
void FolderTree::sort_out() {
  std::sort(files_.begin(), files_.end());
  archive::NameSet names;
  std::erase_if(files_, [&](std::string_view file) {
    auto why = archive::why_unsafe(file);
    if (!why && dataset::file_kind(file) == dataset::FileKind::kLitter) return false;
    if (why && why->find("UTF-8") != why->npos) {
      *why += "; rename it, such as with convmv -r -f GBK -t UTF-8 --notest FOLDER";
    } else if (!why) {
      why = names.add(file, false);
    }
    if (why) refused_.push_back({archive::printable_path(file), *why});
    return why.has_value();
  });
  std::sort(
      refused_.begin(), refused_.end(),
      [](const dataset::RefusedFile& a, const dataset::RefusedFile& b) { return a.path < b.path; });
}

std::uint64_t FolderTree::size(std::string_view path) const {
  struct stat status {};
  const std::string full = (folder_ / path).string();
  io::retry(retrying_, [&] {
    if (::stat(full.c_str(), &status) != 0) throw_errno(full, "read the size");
  });
  return static_cast<std::uint64_t>(status.st_size);
}

void FolderTree::read(std::string_view path, std::vector<std::byte>& out) const {
  const auto file = io::open_retrying(folder_ / path, retrying_);
  out.resize(file->size());
  io::read_exactly(*file, out, 0);
}

}  // namespace rod::prepare
