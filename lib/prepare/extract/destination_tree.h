// A folder tree that is accessed only through descriptors: no path is resolved twice, no link is
// followed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "io/file.h"

namespace rod::prepare {

struct Folder {
  io::File file;
  bool fresh = false;   // created by this run: contains nothing of an earlier one
  bool staged = false;  // not yet under its final name
};

// Thread safety: one thread; the folders that it returns may be used by any.
class DestinationTree {
 public:
  // Requires: `root` exists. `make_folders`: whether missing folders are created.
  DestinationTree(const std::filesystem::path& root, bool make_folders);

  // A tree below a folder that is already open; creates nothing.
  explicit DestinationTree(std::shared_ptr<const Folder> root)
      : make_folders_(false), root_(std::move(root)) {}

  // After this call, a folder that the root lacks is created in `staging`, to be moved to the root
  // at the end.
  void stage_in(std::shared_ptr<const Folder> staging) { staging_ = std::move(staging); }

  // Returns the folder `path` below the root ("" is the root), which is created if necessary; null
  // if it is missing and must not be created. Throws BadInput if a link or a file is in its place;
  // SystemError.
  std::shared_ptr<const Folder> folder(const std::string& path);

 private:
  const bool make_folders_;
  std::shared_ptr<const Folder> root_, staging_;
  std::unordered_map<std::string, std::shared_ptr<const Folder>> open_;
};

// "folder/name" as two parts; the folder of "name" is "".
struct SplitPath {
  std::string folder, name;
};
SplitPath split_path(const std::string& path);

// Whether the folder contains an entry of that name. Throws SystemError.
bool holds(const Folder& folder, const std::string& name);

// Returns the size of the regular file `name`, or nothing if there is none. Throws BadInput if a
// link, folder or special file is in its place, so that nothing is written through it.
std::optional<std::uint64_t> existing_size(const Folder& folder, const std::string& name);

// Opens a file for reading, without following a symbolic link. Returns nothing, with errno set, if
// it can't be opened.
std::optional<io::File> open_existing(const Folder& folder, const std::string& name);

}  // namespace rod::prepare
