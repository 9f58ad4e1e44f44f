// A folder tree entered through descriptors only: no path is resolved twice, no link is followed.
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
  bool fresh = false;   // made by this run: nothing of an earlier one is in it
  bool staged = false;  // not yet under its final name
};

// Not shared between threads; the folders it gives out are.
class DestinationTree {
 public:
  // Requires: `root` exists. With `make_folders` false, folders that are absent are not made.
  DestinationTree(const std::filesystem::path& root, bool make_folders);

  // Below a folder that is open already; makes nothing.
  explicit DestinationTree(std::shared_ptr<const Folder> root)
      : make_folders_(false), root_(std::move(root)) {}

  // From now on, a folder that the root doesn't have yet is made in `staging`, to be moved to the
  // root at the end.
  void stage_in(std::shared_ptr<const Folder> staging) { staging_ = std::move(staging); }

  // The folder `path` below the root ("" is the root), made where it was absent; null where it is
  // absent and must not be made. Throws BadInput when a link or a file is in its place;
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

// Whether the folder holds anything of that name. Throws SystemError.
bool holds(const Folder& folder, const std::string& name);

// The size of the regular file `name`, or nothing where there is none. Throws BadInput when a link,
// folder or special file is in its place: nothing is written through it.
std::optional<std::uint64_t> existing_size(const Folder& folder, const std::string& name);

}  // namespace rod::prepare
