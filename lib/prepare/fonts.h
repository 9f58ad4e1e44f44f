// The fonts that are installed on this machine.
#pragma once

#include <deque>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "image/font.h"

namespace rod::prepare {

// Where fontconfig's default configuration looks, from the user's folders to the system's:
// $XDG_DATA_HOME/fonts, ~/.fonts, and fonts/ in each of $XDG_DATA_DIRS.
std::vector<std::filesystem::path> installed_font_folders();

// Not shared between threads.
class Fonts {
 public:
  explicit Fonts(std::vector<std::filesystem::path> folders) : folders_(std::move(folders)) {}

  // The first installed font that draws the text; plain sans-serif ones come first. Null: none
  // does. Valid as long as this object.
  const image::Font* that_draws(std::string_view text);

 private:
  void list_files();

  const std::vector<std::filesystem::path> folders_;
  bool listed_ = false;
  std::vector<std::filesystem::path> files_;  // the plainest first
  std::size_t tried_ = 0;                     // of files_
  std::deque<image::Font> fonts_;             // what could be read of these
};

}  // namespace rod::prepare
