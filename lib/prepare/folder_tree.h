// A folder of the disk as a Tree.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <vector>

#include "dataset/tree.h"
#include "io/retry.h"

namespace rod {

// Lists the folder once. Files may be symbolic links; linked folders inside it are not entered, as they may
// lead in circles.
class FolderTree : public Tree {
 public:
  // Calls that fail are retried as `retrying` says. Errors: throw_errno, io::retry()'s.
  explicit FolderTree(const std::filesystem::path& folder, io::Retrying retrying = {});

  std::string name() const override { return folder_.string(); }
  const std::vector<std::string>& files() const override { return files_; }
  bool contains(const std::string& path) const override { return names_.count(path) > 0; }
  std::uint64_t size(const std::string& path) const override;
  void read(const std::string& path, std::vector<std::byte>& out) const override;

 private:
  std::error_code list();

  std::filesystem::path folder_;
  std::vector<std::string> files_;
  std::unordered_set<std::string_view> names_;  // into files_
  io::Retrying retrying_;
};

}  // namespace rod
