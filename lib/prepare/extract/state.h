// DEST/.rodprep-extract: incomplete files, and the progress so far.
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

// Note [Staging]: a final name means complete, even after a kill. There are two ways.
//
// A top-level folder of the archive that DEST lacks is built in .rodprep-extract/tree and moved to
// DEST as a whole when the run ends, unless it is killed. Files in it are created under their own
// names. A thread notes beforehand which files it will write and how large they are, so that after
// a kill the next run can recognise and remove incomplete files, and move the rest to DEST.
//
// In folders that already exist, a file is written as .rodprep-extract/N/part and then renamed.
//
// Measured with 154,610 small files on ext4 and two threads, in seconds of CPU: under their own
// names 2.8, part and rename 4.0, a temporary name in the same folder 4.1. O_TMPFILE with linkat is
// missing on overlayfs and FUSE.

// Note [Three records]: the journal, the notes and the record of a finished run are separate,
// because each can be valid when another is not. The journal belongs to one archive and its options
// and is restarted for others, and only a plain tar has one. Incomplete files must be found
// whatever was extracted before, so the notes have no identity. The record must outlive this
// folder, which a finished run removes. In one file, half of the lines would follow rules that the
// others do not.

// Writes the files of one thread in either way.
class Stage {
 public:
  explicit Stage(io::File folder);

  // Starts a file that publish() will name.
  void begin(const std::string& shown);
  void write(std::span<const std::byte> data) { file_.write_all(data); }
  // Gives the file its final name and replaces an existing file. Links are replaced, never
  // followed.
  void publish(const Folder& folder, const std::string& name);
  // Removes an unfinished file, if any.
  void discard() noexcept;
  // discard(), and removes the note.
  void clear() noexcept;

  // Notes the files that write_in_place() will be called for next, as lines of a journal.
  void note(std::string_view lines);
  // Writes a complete file under its own name. Requires: the folder is staged and contains no such
  // file.
  void write_in_place(const Folder& folder, const std::string& name,
                      std::span<const std::byte> data);

 private:
  io::File folder_, note_;
  io::File file_;
  bool unfinished_ = false;
};

class ExtractState {
 public:
  // Creates DEST/.rodprep-extract, or recovers the one that a killed run left. After that, `tree`
  // creates new top-level folders in it. Throws SystemError; what publish() throws. Requires:
  // stages <= kStages.
  ExtractState(DestinationTree& tree, unsigned stages);
  // Removes unfinished files, and the folder if no journal is left in it.
  ~ExtractState();
  ExtractState(const ExtractState&) = delete;
  ExtractState& operator=(const ExtractState&) = delete;

  // Moves the folders that were built to DEST. Throws Error(kFailed) if the name of one has been
  // taken in the meantime. Requires: no thread is writing.
  void publish();

  Stage& stage(unsigned n) { return stages_[n]; }  // Requires: n < stages
  const Folder& folder() const { return *folder_; }

 private:
  std::shared_ptr<const Folder> root_, folder_, built_;
  std::vector<Stage> stages_;
};

}  // namespace rod::prepare
