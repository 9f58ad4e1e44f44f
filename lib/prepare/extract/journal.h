// How far an extraction has come, so that after a kill the archive is read from there on.
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

// A hard link of the archive: `path` gets the bytes of the file `target`, at the end.
struct FileLink {
  std::string path, target;
  std::uint64_t size;  // bytes
};

// What was done with some consecutive entries, one line each.
class JournalLines {
 public:
  void add_file(const std::string& path, std::uint64_t size);
  void add_folder(const std::string& path);
  void add_link(const FileLink& link);
  void add_skipped(const std::string& text);
  // Ends with: all entries before `position` are dealt with, `entries` in number.
  void close(std::uint64_t position, std::uint64_t entries);

  std::size_t bytes() const { return text_.size(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Calls `show` with path and size of each file in JournalLines::text(), a cut last line left out,
// and paths that lead elsewhere too.
void for_each_noted_file(
    std::string_view lines,
    const std::function<void(const std::string& path, std::uint64_t size)>& show);

// Where the archive is to be read from, if what the journal at the destination says is still true;
// 0 without one for this archive and these options. Throws SystemError.
std::uint64_t noted_position(const ExtractOptions& options);

// A text file in the state folder, only appended to; what follows its last complete "@" line
// doesn't count. The first line names archive and options, and another archive or other options
// start it anew.
class ExtractJournal {
 public:
  // Requires: the archive is a plain tar.
  ExtractJournal(const Folder& state, const ExtractOptions& options);

  // Takes over an earlier run into `gate` and `links`, and returns the position to resume at. 0
  // where there is nothing to take over, or where a file of it is gone or has another size: then
  // all is looked at anew.
  std::uint64_t resume(DestinationTree& tree, EntryGate& gate, std::vector<FileLink>& links);

  // Appends in the order of `turn` (0, 1, 2, …), whatever order the calls come in. Thread-safe.
  void commit(std::uint64_t turn, const std::string& lines);

  // Ends its use: nothing is left to take over.
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
