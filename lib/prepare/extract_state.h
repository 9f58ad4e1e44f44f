// DEST/.rodprep-extract: where files lie until they are complete, and what was done so far.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "prepare/destination_tree.h"

namespace rod {

inline constexpr const char* kStateFolder = ".rodprep-extract";
inline constexpr unsigned kStages = 17;  // at most: one for the reader, and one for each writer

// Where one thread writes a file before it gets its final name.
//
// Why a folder per thread and a rename: measured with 154,610 small files on ext4 by two threads, this
// costs a seventh more than creating the files under their final names right away (which leaves half
// files after a kill), while a temporary name in the same folder costs half as much again (the threads
// wait for one another's folder locks), and O_TMPFILE with linkat, equally fast, is missing on overlayfs
// and FUSE.
class Stage {
 public:
  explicit Stage(File folder) : folder_(std::move(folder)) {}

  // Starts a file; replaces what an unfinished one left behind.
  void begin(const std::string& shown);
  void write(std::span<const std::byte> data) { file_.write_all(data); }
  // Gives it its final name, in place of what may have had it. Links are replaced, never followed.
  void publish(const Folder& folder, const std::string& name);
  // Removes an unfinished file, if any.
  void discard() noexcept;

 private:
  File folder_;
  File file_;
  bool unfinished_ = false;
};

class ExtractState {
 public:
  // Makes DEST/.rodprep-extract, or takes over what a killed run left of it. REQUIRES: stages <= kStages.
  ExtractState(DestinationTree& tree, unsigned stages);
  // Removes unfinished files, and the folder if no journal is left in it.
  ~ExtractState();
  ExtractState(const ExtractState&) = delete;
  ExtractState& operator=(const ExtractState&) = delete;

  Stage& stage(unsigned n) { return stages_[n]; }  // REQUIRES: n < stages
  const Folder& folder() const { return *folder_; }

 private:
  std::shared_ptr<const Folder> root_, folder_;
  std::vector<Stage> stages_;
};

}  // namespace rod
