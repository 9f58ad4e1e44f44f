// The progress of an extraction, so that after a kill reading resumes at that position.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.h"
#include "prepare/extract/destination_tree.h"
#include "prepare/extract/entry_gate.h"
#include "prepare/extract/extract.h"

namespace rod::prepare {

// A hard link of the archive: at the end, `path` gets the bytes of the file `target`.
struct FileLink {
  std::string path, target;
  std::uint64_t size;  // bytes
};

// The results of some consecutive entries, one line each.
class JournalLines {
 public:
  void add_file(const std::string& path, std::uint64_t size);
  void add_folder(const std::string& path);
  void add_link(const FileLink& link);
  void add_skipped(const std::string& text);
  // Adds the final line: all `entries` entries before `position` are done.
  void close(std::uint64_t position, std::uint64_t entries);

  std::size_t bytes() const { return text_.size(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Calls `show` with path and size of each file in JournalLines::text(). Omits an incomplete last
// line, and paths that lead out of the destination.
void for_each_noted_file(
    std::string_view lines,
    const std::function<void(const std::string& path, std::uint64_t size)>& show);

// Returns the position from which to read the archive, according to the destination's journal if it
// is still valid; 0 if there is no journal for this archive and these options. Throws SystemError.
std::uint64_t noted_position(const ExtractOptions& options);

// A text file in the state folder that is only appended to; text after its last complete "@" line
// is ignored. The first line identifies archive and options; the file is restarted for another
// archive or other options.
class ExtractJournal {
 public:
  // Requires: the archive is a plain tar.
  ExtractJournal(const Folder& state, const ExtractOptions& options);

  // Restores an earlier run's progress into `gate` and `links`, and returns the position to resume
  // at; 0 if there is nothing to resume, or if one of its files is missing or has another size:
  // then the archive is read from the beginning.
  std::uint64_t resume(DestinationTree& tree, EntryGate& gate, std::vector<FileLink>& links);

  // Appends lines in the order of `turn` (0, 1, 2, …), regardless of the order of the calls.
  // Thread-safe.
  void commit(std::uint64_t turn, const std::string& lines);

  // Removes the journal: there is nothing left to resume.
  void remove();

 private:
  std::string identity_;  // its first line
  const Folder& state_;
  std::mutex mutex_;
  io::File file_;
  std::uint64_t next_turn_ = 0;
  std::map<std::uint64_t, std::string> waiting_;  // by turn
};

}  // namespace rod::prepare
