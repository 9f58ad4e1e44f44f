// The fonts that are installed on this machine.
#pragma once

#include <deque>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "image/font.h"

namespace rod::prepare {

// Returns the folders that fontconfig's default configuration searches, the user's before the
// system's: $XDG_DATA_HOME/fonts, ~/.fonts, and fonts/ in each of $XDG_DATA_DIRS.
std::vector<std::filesystem::path> installed_font_folders();

// Thread safety: one thread.
class Fonts {
 public:
  explicit Fonts(std::vector<std::filesystem::path> folders) : folders_(std::move(folders)) {}

  // Returns the first installed font that can draw the text, preferring plain sans-serif ones; null
  // if there is none. Valid as long as this object.
  const image::Font* that_draws(std::string_view text);

 private:
  void list_files();

  const std::vector<std::filesystem::path> folders_;
  bool listed_ = false;
  std::vector<std::filesystem::path> files_;  // the plainest first
  std::size_t tried_ = 0;                     // of files_
  std::deque<image::Font> fonts_;             // those that could be read
};

}  // namespace rod::prepare
