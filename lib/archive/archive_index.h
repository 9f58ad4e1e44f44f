// Where each file of an uncompressed tar lies, so that any of them can be read at random.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "io/random_access_file.h"

namespace rod::archive {

class ArchiveIndex {
 public:
  // Reads all headers once. A hard link to an earlier file is that file's bytes under another name.
  // Files whose path is unsafe, other links and special entries are refused().
  // Errors: BadInput when it is no archive, cut, has duplicate names or twins, or is compressed
  // (then names the `rodprep extract` command that helps); throw_errno.
  explicit ArchiveIndex(const std::filesystem::path& path,
                        const io::FileOpener& open = io::open_file,
                        const std::string& name_encoding = "");

  struct Item {
    std::uint64_t offset, size;  // bytes
  };
  const std::unordered_map<std::string, Item>& files() const { return files_; }
  // Entries that are not served: their printable paths, and why.
  const std::vector<std::pair<std::string, std::string>>& refused() const { return refused_; }
  const std::string& archive() const { return file_->name(); }

  const std::vector<std::string>& warnings() const { return warnings_; }  // ArchiveReader's

  // Replaces `out` by a file's bytes. Any thread. Errors: BadInput, throw_errno.
  void read(const Item& item, std::vector<std::byte>& out) const;

 private:
  std::shared_ptr<const io::RandomAccessFile> file_;
  std::unordered_map<std::string, Item> files_;
  std::vector<std::string> warnings_;
  std::vector<std::pair<std::string, std::string>> refused_;
};

}  // namespace rod::archive
