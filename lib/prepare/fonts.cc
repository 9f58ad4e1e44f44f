#include "prepare/fonts.h"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/stop.h"
#include "dataset/name_words.h"
#include "io/file.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 10'000;  // listed
constexpr std::size_t kMostOpened = 64;
constexpr std::uintmax_t kMostBytes = 64 << 20;  // of one file

std::string environment(const char* name, const std::string& otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

bool is_font(const fs::path& path) {
  const std::string extension = dataset::lower_case(path.extension().string());
  return extension == ".ttf" || extension == ".otf" || extension == ".ttc";
}

// How far a font is from an upright sans-serif of common weight, by its file's name.
int strangeness(const fs::path& path) {
  const std::string name = dataset::lower_case(path.stem().string());
  int strange = 0;
  for (const char* word : {"bold", "italic", "oblique", "light", "thin", "black", "medium",
                           "condensed", "narrow", "mono", "serif", "math", "symbol", "emoji"}) {
    strange += name.find(word) != name.npos ? 1 : 0;
  }
  return strange + (name.find("sans") == name.npos ? 1 : 0);
}

}  // namespace

std::vector<fs::path> installed_font_folders() {
  const fs::path home = environment("HOME", "/");
  std::vector<fs::path> folders{
      fs::path(environment("XDG_DATA_HOME", (home / ".local/share").string())) / "fonts",
      home / ".fonts"};
  const std::string all = environment("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
  for (std::size_t at = 0; at <= all.size();) {
    const std::size_t end = std::min(all.find(':', at), all.size());
    if (end > at) folders.push_back(fs::path(all.substr(at, end - at)) / "fonts");
    at = end + 1;
  }
  return folders;
}

void Fonts::list_files() {
  if (std::exchange(listed_, true)) return;
  std::error_code error;
  for (const fs::path& folder : folders_) {
    for (fs::recursive_directory_iterator
             at(folder, fs::directory_options::skip_permission_denied, error),
         end;
         !error && at != end && files_.size() < kMostFiles; at.increment(error)) {
      std::error_code gone;
      if (is_font(at->path()) && at->is_regular_file(gone) && at->file_size(gone) <= kMostBytes)
        files_.push_back(at->path());
    }
  }
  std::sort(files_.begin(), files_.end(), [](const fs::path& a, const fs::path& b) {
    return std::tuple(strangeness(a), a.filename().string(), a.string()) <
           std::tuple(strangeness(b), b.filename().string(), b.string());
  });
}

const image::Font* Fonts::that_draws(std::string_view text) {
  for (const image::Font& font : fonts_) {
    if (font.draws(text)) return &font;
  }
  list_files();
  while (tried_ < std::min(files_.size(), kMostOpened)) {
    throw_if_stopped("no picture was written");
    try {
      const std::string content = io::read_file(files_[tried_++]);
      const auto bytes = std::as_bytes(std::span(content));
      auto font = image::Font::parse({bytes.begin(), bytes.end()});
      if (font && fonts_.emplace_back(*std::move(font)).draws(text)) return &fonts_.back();
    } catch (const Error&) {
      // A font that can't be read is as good as none.
    }
  }
  return nullptr;
}

}  // namespace rod::prepare
