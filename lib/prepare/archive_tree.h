// An archive as a Tree.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "archive/archive_index.h"
#include "dataset/tree.h"

namespace rod::prepare {

class ArchiveTree : public dataset::Tree {
 public:
  // Throws what ArchiveIndex throws.
  explicit ArchiveTree(const std::filesystem::path& archive,
                       const archive::IndexOptions& options = {});

  std::string name() const override { return index_.archive(); }
  const std::vector<std::string>& files() const override { return files_; }
  const std::vector<dataset::RefusedFile>& refused() const override { return refused_; }
  bool contains(const std::string& path) const override { return index_.files().count(path) > 0; }
  std::uint64_t size(const std::string& path) const override { return item(path).size; }
  std::uint64_t position(const std::string& path) const override { return item(path).offset; }
  void read(const std::string& path, std::vector<std::byte>& out) const override {
    index_.read(item(path), out);
  }

 private:
  const archive::ArchiveIndex::Item& item(const std::string& path) const;

  archive::ArchiveIndex index_;
  std::vector<std::string> files_;
  std::vector<dataset::RefusedFile> refused_;
};

}  // namespace rod::prepare
