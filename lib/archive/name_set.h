// The names an archive has used so far, to find those that would fall on one another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace rod {

// Remembers 64-bit hashes, not names: about 50 bytes each. Not shared between threads.
class NameSet {
 public:
  // Adds a path and its parent folders. Returns why it must not be created beside the earlier ones, or
  // nothing: a file that comes twice, a file where a folder is (or the reverse), names that differ only
  // in case or Unicode form. A folder may come again. REQUIRES: normal_path() was applied.
  std::optional<std::string> add(std::string_view path, bool is_folder);

  std::uint64_t folders() const { return folders_; }  // different ones, parents included

 private:
  std::optional<std::string> add_one(std::string_view path, bool is_folder);

  std::unordered_map<std::uint64_t, std::uint64_t>
      spelling_;  // by folded name: exact name, lowest bit: folder
  std::uint64_t folders_ = 0;
  std::string last_parent_;  // known to be in spelling_
};

}  // namespace rod
