// DEST/.rodprep-extract: where files lie until they are complete, and what was done so far.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/file.h"
#include "prepare/extract/destination_tree.h"

namespace rod::prepare {

inline constexpr const char* kStateFolder = ".rodprep-extract";
inline constexpr unsigned kStages = 17;  // at most: one for the reader, and one for each writer

// Note [Staging]: a final name means complete, also after a kill, and in two ways.
//
// A folder at the top of the archive that DEST does not have yet is built in .rodprep-extract/tree
// and moved to DEST as a whole when the run ends, in whatever way but a kill. In it files are made
// under their own names. A thread notes beforehand which ones, and how large they will be, so that
// the next run can tell the half ones from the others after a kill, remove them, and move the rest
// to DEST.
//
// In folders that are there already, a file is written as .rodprep-extract/N/part and then renamed.
//
// Measured with 154,610 small files on ext4 and two threads, in seconds of CPU: under their own
// names 2.8, part and rename 4.0, a temporary name in the same folder 4.1. O_TMPFILE with linkat is
// missing on overlayfs and FUSE.

// Note [Three records]: the journal, the notes and the record of a finished run stay apart, because
// each is valid when another is not. The journal belongs to one archive and its options and starts
// anew for others, and only a plain tar has one; half files must be found whatever was extracted
// before, so the notes carry no identity. The record must outlive this folder, which a finished run
// removes. In one file, half of the lines would be subject to rules that the others are not.

// What one thread needs to write files in either way.
class Stage {
 public:
  explicit Stage(io::File folder);

  // Starts a file that gets its name later.
  void begin(const std::string& shown);
  void write(std::span<const std::byte> data) { file_.write_all(data); }
  // Gives it its final name, in place of what may have had it. Links are replaced, never followed.
  void publish(const Folder& folder, const std::string& name);
  // Removes an unfinished file, if any.
  void discard() noexcept;
  // discard(), and removes the note.
  void clear() noexcept;

  // Says which files write_in_place() will be called for next: lines of a journal.
  void note(std::string_view lines);
  // Makes a whole file under its own name. Requires: the folder is staged; no such file is there.
  void write_in_place(const Folder& folder, const std::string& name,
                      std::span<const std::byte> data);

 private:
  io::File folder_, note_;
  io::File file_;
  bool unfinished_ = false;
};

class ExtractState {
 public:
  // Makes DEST/.rodprep-extract, or puts in order what a killed run left of it. From then on `tree`
  // makes new top folders in it. Requires: stages <= kStages. Throws SystemError; as publish().
  ExtractState(DestinationTree& tree, unsigned stages);
  // Removes unfinished files, and the folder if no journal is left in it.
  ~ExtractState();
  ExtractState(const ExtractState&) = delete;
  ExtractState& operator=(const ExtractState&) = delete;

  // Moves the folders that were built to DEST. Requires: no thread is writing. Throws
  // Error(kFailed) when something else has got such a name meanwhile.
  void publish();

  Stage& stage(unsigned n) { return stages_[n]; }  // Requires: n < stages
  const Folder& folder() const { return *folder_; }

 private:
  std::shared_ptr<const Folder> root_, folder_, built_;
  std::vector<Stage> stages_;
};

}  // namespace rod::prepare
