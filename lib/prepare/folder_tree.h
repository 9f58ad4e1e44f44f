// A folder of the disk as a Tree.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "dataset/tree.h"

namespace rod {

// Lists the folder once. Files may be symbolic links; linked folders inside it are not entered, as they may
// lead in circles.
class FolderTree : public Tree {
 public:
  // Errors: throw_errno.
  explicit FolderTree(const std::filesystem::path& folder);

  std::string name() const override { return folder_.string(); }
  const std::vector<std::string>& files() const override { return files_; }
  bool contains(const std::string& path) const override { return names_.count(path) > 0; }
  std::uint64_t size(const std::string& path) const override;
  void read(const std::string& path, std::vector<std::byte>& out) const override;

 private:
  std::filesystem::path folder_;
  std::vector<std::string> files_;
  std::unordered_set<std::string_view> names_;  // into files_
};

}  // namespace rod
