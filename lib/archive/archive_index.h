// Where each file of an archive lies, so that any of them can be read at random.
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
  io::SpoolOptions spool{};        // for the files of all but a plain tar
  std::uint64_t limit_memory = 0;  // bytes of the list of files; 0: half of what is available
  bool quiet = true;               // no progress line while they are unpacked
  bool distant = false;  // the archive is far away: a progress line while its headers are read, too
};

class ArchiveIndex {
 public:
  // Reads all headers of a plain tar once. What is compressed, sparse, a zip or a 7z is unpacked to
  // a temporary file. A hard link to an earlier file is that file's bytes under another name. Files
  // whose path is unsafe or a twin of an earlier one, other links and special entries are
  // refused(). Throws BadInput when it is no archive, cut, or a name comes twice; Error(kNoRoom)
  // when the temporary file grows too large (then names the `rodprep extract` command that helps),
  // or the list of files does; Error(kInterrupted), Error(kTerminated); SystemError.
  explicit ArchiveIndex(const std::filesystem::path& path, const IndexOptions& options = {});

  struct Item {
    std::uint64_t offset, size;  // bytes
    bool spooled = false;        // in the temporary file
  };
  const std::vector<std::string_view>& files() const { return files_; }  // sorted bytewise
  // Null: there is no such file. Thread-safe.
  const Item* find(std::string_view path) const;
  // Entries that are not served: their printable paths, and why.
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
