// Whatever names an archive has: what passes the checks stays below the folder, and no two of them
// fall on one another.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "archive/name_set.h"
#include "archive/safe_path.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// The rules once more, in the plainest way.
void check_safe(const std::string& path) {
  require(!path.empty() && path.front() != '/' && path.back() != '/');
  require(path.find("//") == path.npos && path.find('\\') == path.npos);
  for (const char c : path) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  const std::string framed = "/" + path + "/";
  require(framed.find("/../") == framed.npos && framed.find("/./") == framed.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  rod::archive::NameSet names;
  std::set<std::string> files, folders;  // folded
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const bool is_folder = !line.empty() && line.back() == '/';
    const std::string path = rod::archive::normal_path(line);
    require(rod::archive::normal_path(path) == path);
    for (const char c : rod::archive::printable_path(line))
      require(static_cast<unsigned char>(c) >= 0x20);
    if (rod::archive::why_unsafe(path)) continue;
    check_safe(path);

    const std::string folded = rod::archive::folded_path(path);
    const bool known = files.count(folded) > 0 || folders.count(folded) > 0;
    const bool refused = names.add(path, is_folder).has_value();
    if (!is_folder && known) require(refused);
    if (is_folder && files.count(folded) > 0) require(refused);
    for (auto at = folded.find('/'); at != folded.npos; at = folded.find('/', at + 1)) {
      if (files.count(folded.substr(0, at)) > 0) require(refused);
      if (!refused) folders.insert(folded.substr(0, at));
    }
    if (!refused) (is_folder ? folders : files).insert(folded);
  }
  return 0;
}
