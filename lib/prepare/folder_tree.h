// A folder of the disk as a Tree.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_index.h"
#include "base/text_pool.h"
#include "dataset/tree.h"
#include "io/retry.h"

namespace rod::prepare {

// Lists the folder once. Symbolic links are followed if their target is below the folder or, for
// relative links, beside it; others only with `follow_links`; circular links never. Links that are
// not followed, special files, unsafe names, and names that differ only in case or Unicode form are
// in refused().
class FolderTree : public dataset::Tree {
 public:
  // Failed calls are retried as `retrying` says. Throws SystemError, and what io::retry() throws.
  explicit FolderTree(const std::filesystem::path& folder, io::Retrying retrying = {},
                      bool follow_links = false);

  std::string name() const override { return folder_.string(); }
  const std::vector<std::string_view>& files() const override { return files_; }
  const std::vector<dataset::RefusedFile>& refused() const override { return refused_; }
  bool contains(std::string_view path) const override {
    return index_.find(files_, path).has_value();
  }
  std::uint64_t size(std::string_view path) const override;
  void read(std::string_view path, std::vector<std::byte>& out) const override;

 private:
  struct Walk;
  int list();
  int list_below(Walk& walk, const std::filesystem::path& folder, const std::string& below);
  int take_link(Walk& walk, const std::filesystem::path& link, const std::string& path);
  void sort_out();

  std::filesystem::path folder_;
  bool follow_links_;
  TextPool texts_;
  std::vector<std::string_view> files_;  // of texts_
  std::vector<dataset::RefusedFile> refused_;
  TextIndex index_;  // of files_
  io::Retrying retrying_;
};

}  // namespace rod::prepare
