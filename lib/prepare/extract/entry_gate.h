// Decides which of an archive's entries are unpacked, and enforces the limits that stop a hostile
// archive.
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

// Counts the admitted entries. Thread safety: one thread.
class EntryGate {
 public:
  explicit EntryGate(const ExtractOptions& options) : options_(options), selection_(options) {}

  // Returns the path below DEST of an entry to unpack; nothing for one that is not selected or is
  // skipped. Throws BadInput naming archive, entry and reason; Error(kNoRoom) at a limit.
  std::optional<std::string> admit(const archive::ArchiveEntry& entry,
                                   const archive::ArchiveReader& reader);

  // Counts bytes of a file whose size the archive does not say in advance. Throws Error(kNoRoom) at
  // a limit.
  void count(std::uint64_t bytes, const archive::ArchiveReader& reader);

  // Throws Error(kNoRoom) if `bytes` exceeds what --limit-ratio allows for the archive, or for the
  // part of it that was read from a pipe so far.
  void check_ratio(std::uint64_t bytes, const archive::ArchiveReader& reader) const;

  // Records the size of an admitted file when it is known.
  void note(const std::string& path, std::uint64_t size);

  // Returns the bytes of an admitted entry; for a hard link, those of the earlier file.
  std::uint64_t size_of(const archive::ArchiveEntry& entry) const;

  // Call at the end of the archive. Throws BadInput if it lacks files that --split's lists name, or
  // if --include and --exclude select nothing.
  void check_selection() const;

  // Adds an entry that an earlier, interrupted run admitted.
  void restore(const std::string& path, bool is_folder, std::uint64_t size);
  void restore_skipped(const std::string& text) { report_.skipped.push_back(text); }
  void restore_entries(std::uint64_t entries) { entries_ = entries; }

  std::uint64_t entries() const { return entries_; }  // seen so far, selected or not
  std::uint64_t bytes() const { return report_.bytes; }
  const std::vector<std::string>& skipped() const { return report_.skipped; }
  ExtractReport report() const;  // files, folders, bytes, skipped
  TreeSum tree() const;          // what note() and restore() recorded, and the folders

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
