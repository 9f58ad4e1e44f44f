#include "doctor/mounts.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace rod::doctor {
namespace {

// The kernel writes blanks in names as \040 and the like.
std::string unescaped(const std::string& text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 3 < text.size() &&
        std::all_of(&text[at + 1], &text[at + 4], is_octal)) {
      plain += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 +
                                 (text[at + 3] - '0'));
      at += 3;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

}  // namespace

std::vector<Mount> parse_mounts(const std::string& text) {
  std::vector<Mount> mounts;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    // 36 35 98:0 /root /mount/point options optional… - type source options
    std::istringstream words(line);
    std::string skipped, folder, type;
    words >> skipped >> skipped >> skipped >> skipped >> folder;
    while (words >> skipped && skipped != "-") {
    }
    if (words >> type) mounts.push_back({unescaped(folder), type});
  }
  return mounts;
}

std::vector<Mount> read_mounts() {
  std::ifstream stream("/proc/self/mountinfo");
  return parse_mounts({std::istreambuf_iterator<char>(stream), {}});
}

const Mount* mount_of(const std::vector<Mount>& mounts, const std::filesystem::path& path) {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    if (!lies_in(path, mount.folder)) continue;
    if (best == nullptr || !lies_in(best->folder, mount.folder) || best->folder == mount.folder)
      best = &mount;
  }
  return best;
}

}  // namespace rod::doctor
