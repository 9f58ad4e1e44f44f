// Which of an archive's entries are unpacked, and the caps that stop a hostile one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "archive/archive_reader.h"
#include "archive/name_set.h"
#include "prepare/extract/extract.h"
#include "prepare/extract/record.h"
#include "prepare/extract/selection.h"

namespace rod::prepare {

// Counts what it lets through. Not shared between threads.
class EntryGate {
 public:
  explicit EntryGate(const ExtractOptions& options) : options_(options), selection_(options) {}

  // The path below DEST of an entry to unpack; nothing for one that was not selected or is skipped.
  // Throws BadInput naming archive, entry and reason; Error(kNoRoom) at a cap.
  std::optional<std::string> admit(const archive::ArchiveEntry& entry,
                                   const archive::ArchiveReader& reader);

  // Counts bytes of a file whose size the archive didn't say in advance. Throws Error(kNoRoom) at a
  // cap.
  void count(std::uint64_t bytes, const archive::ArchiveReader& reader);

  // Throws Error(kNoRoom) when so many bytes are more than --limit-ratio allows for the archive, or
  // for the part of it that has come through a pipe.
  void check_ratio(std::uint64_t bytes, const archive::ArchiveReader& reader) const;

  // Says the size of a file that admit() let through, once it is known.
  void note(const std::string& path, std::uint64_t size);

  // Bytes of an entry that admit() let through: a hard link's are those of the earlier file.
  std::uint64_t size_of(const archive::ArchiveEntry& entry) const;

  // At the end of the archive. Throws BadInput when it lacks files that --split's lists name.
  void check_split() const;

  // Takes over what an earlier, interrupted run let through.
  void restore(const std::string& path, bool is_folder, std::uint64_t size);
  void restore_skipped(const std::string& text) { report_.skipped.push_back(text); }
  void restore_entries(std::uint64_t entries) { entries_ = entries; }

  std::uint64_t entries() const { return entries_; }  // seen so far, selected or not
  std::uint64_t bytes() const { return report_.bytes; }
  const std::vector<std::string>& skipped() const { return report_.skipped; }
  ExtractReport report() const;  // files, folders, bytes, skipped
  TreeSum tree() const;          // what note() and restore() were told, with the folders

 private:
  std::optional<std::string> why_refused(const archive::ArchiveEntry& entry,
                                         const std::string& path);

  const ExtractOptions& options_;
  Selection selection_;
  archive::NameSet names_;
  TreeSum tree_;
  std::unordered_map<std::uint64_t, std::uint64_t> sizes_;  // by hash of the path, for hard links
  std::uint64_t entries_ = 0;
  ExtractReport report_;
};

}  // namespace rod::prepare
