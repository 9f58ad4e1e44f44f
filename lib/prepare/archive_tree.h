// An archive as a Tree.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
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
  const std::vector<std::string_view>& files() const override { return index_.files(); }
  const std::vector<dataset::RefusedFile>& refused() const override { return refused_; }
  bool contains(std::string_view path) const override { return index_.find(path) != nullptr; }
  std::uint64_t size(std::string_view path) const override { return item(path).size; }
  std::uint64_t position(std::string_view path) const override { return item(path).offset; }
  void read(std::string_view path, std::vector<std::byte>& out) const override {
    index_.read(item(path), out);
  }

 private:
  const archive::ArchiveIndex::Item& item(std::string_view path) const;

  archive::ArchiveIndex index_;
  std::vector<dataset::RefusedFile> refused_;
};

}  // namespace rod::prepare
