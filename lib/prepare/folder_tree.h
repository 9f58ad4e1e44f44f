// A folder of the disk as a Tree.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "dataset/tree.h"
#include "io/retry.h"

namespace rod::prepare {

// Lists the folder once. Symbolic links are followed where they lead to something below the folder,
// or, as relative links, to something beside it; others only with `follow_links`, and none in a
// circle. What is not followed, special files, unsafe names, and names that differ only in case or
// Unicode form are refused().
class FolderTree : public dataset::Tree {
 public:
  // Calls that fail are retried as `retrying` says. Throws SystemError, what io::retry() throws.
  explicit FolderTree(const std::filesystem::path& folder, io::Retrying retrying = {},
                      bool follow_links = false);

  std::string name() const override { return folder_.string(); }
  const std::vector<std::string>& files() const override { return files_; }
  const std::vector<dataset::RefusedFile>& refused() const override { return refused_; }
  bool contains(const std::string& path) const override { return names_.count(path) > 0; }
  std::uint64_t size(const std::string& path) const override;
  void read(const std::string& path, std::vector<std::byte>& out) const override;

 private:
  struct Walk;
  int list();
  int list_below(Walk& walk, const std::filesystem::path& folder, const std::string& below);
  int take_link(Walk& walk, const std::filesystem::path& link, const std::string& path);
  void sort_out();

  std::filesystem::path folder_;
  bool follow_links_;
  std::vector<std::string> files_;
  std::vector<dataset::RefusedFile> refused_;
  std::unordered_set<std::string_view> names_;  // into files_
  io::Retrying retrying_;
};

}  // namespace rod::prepare
