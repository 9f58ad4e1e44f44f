// The positions of an archive's files, for random access to each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text_index.h"
#include "base/text_pool.h"
#include "io/file.h"
#include "io/random_access_file.h"
#include "io/spool.h"

namespace rod::archive {

struct IndexOptions {
  io::FileOpener open = io::open_file;
  std::string name_encoding{};     // ArchiveOptions'
  bool concatenated = false;       // ArchiveOptions'
  io::SpoolOptions spool{};        // for the files of archives other than plain tars
  std::uint64_t limit_memory = 0;  // bytes of the list of files; 0: half of the available memory
  bool quiet = true;               // no progress line while they are unpacked
  bool distant = false;            // slow source: shows a progress line while headers are read, too
};

class ArchiveIndex {
 public:
  // Reads all headers of a plain tar once. Compressed and sparse files, zips and 7z archives are
  // unpacked to a temporary file. A hard link to an earlier file gives that file's bytes under
  // another name. Listed in refused(): files whose path is unsafe or differs from an earlier one
  // only in case or Unicode form, other links, and special entries. Throws BadInput if the file is
  // not an archive, is truncated or has a duplicate name; Error(kNoRoom) if the list of files or
  // the temporary file becomes too large (the message then gives the `rodprep extract` command that
  // helps); Error(kInterrupted), Error(kTerminated); SystemError.
  explicit ArchiveIndex(const std::filesystem::path& path, const IndexOptions& options = {});

  struct Item {
    std::uint64_t offset, size;  // bytes
    bool spooled = false;        // the offset is in the temporary file
  };
  const std::vector<std::string_view>& files() const { return files_; }  // sorted bytewise
  // Returns null if there is no such file. Thread-safe.
  const Item* find(std::string_view path) const;
  // The entries that can't be read: the printable path and the reason of each.
  const std::vector<std::pair<std::string, std::string>>& refused() const { return refused_; }
  const std::string& archive() const { return file_->name(); }

  const std::vector<std::string>& warnings() const { return warnings_; }  // ArchiveReader's

  // Replaces `out` by a file's bytes. Thread-safe. Throws BadInput, SystemError.
  void read(const Item& item, std::vector<std::byte>& out) const;

 private:
  std::shared_ptr<const io::RandomAccessFile> file_;
  io::File spooled_;
  TextPool texts_;
  std::vector<std::string_view> files_;  // of texts_
  std::vector<Item> items_;              // [files_]
  TextIndex index_;                      // of files_
  std::vector<std::string> warnings_;
  std::vector<std::pair<std::string, std::string>> refused_;
};

}  // namespace rod::archive
