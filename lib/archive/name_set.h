// The set of an archive's names so far, to detect names that would collide on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rod::archive {

// What add() returns for a file that was added before.
inline constexpr const char* kComesTwice = "it comes twice";

// Stores 64-bit hashes instead of names: 22 to 43 bytes per name, and half as much again while the
// table grows. Thread safety: one thread.
class NameSet {
 public:
  // Adds a path and its parent folders. Returns nothing, or the reason why the path conflicts with
  // an earlier one: it is a duplicate file, a file in place of a folder or the reverse, or differs
  // only in case or Unicode form. A folder may be repeated. Requires: normal_path() was applied.
  std::optional<std::string> add(std::string_view path, bool is_folder);

  std::uint64_t folders() const { return folders_; }        // different ones, parents included
  std::uint64_t folder_sum() const { return folder_sum_; }  // of the hashes of their paths

 private:
  std::optional<std::string> add_one(std::string_view path, bool is_folder);

  struct Slot {
    std::uint64_t folded = 0;
    std::uint64_t exact = 0;  // lowest bit: folder; next bit: in use
  };
  Slot& slot_for(std::uint64_t folded);
  void grow();

  std::vector<Slot> slots_ =
      std::vector<Slot>(1024);  // open addressing; the size is a power of two
  std::size_t used_ = 0;
  std::uint64_t folders_ = 0, folder_sum_ = 0;
  std::string last_parent_;  // known to be in slots_
};

}  // namespace rod::archive
