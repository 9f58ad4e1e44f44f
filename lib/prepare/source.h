// Opens SOURCE, a folder or an archive, as a Tree.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive_index.h"
#include "dataset/tree.h"
#include "io/random_access_file.h"
#include "io/retry.h"
#include "io/spool.h"

namespace rod::prepare {

struct SourceOptions {
  bool follow_links = false;    // of a folder, even if they lead out of it
  std::string name_encoding{};  // of an archive's names that are not marked as UTF-8
  bool concatenated = false;    // of an archive: another tar may follow a tar's end mark
  io::SpoolOptions spool{};     // of an archive that is compressed, a zip or a 7z
  bool quiet = true;            // no progress line while it is unpacked
};

// Failed calls are retried as `retrying` says, now and when files are read. `open`, if given, opens
// `path` as an archive that need not be a local file. Throws SystemError if there is no such file;
// what FolderTree and ArchiveTree throw; Error(kUsage) if an option for archives is given for a
// folder.
std::unique_ptr<dataset::Tree> open_source(const std::filesystem::path& path,
                                           const io::Retrying& retrying,
                                           const io::FileOpener& open = {},
                                           const SourceOptions& options = {});

// An archive as a Tree; see folder_tree.h for a folder.
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
