#include "dataset/absent_files.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/units.h"

namespace rod::dataset {

void refuse_absent_files(const Tree& tree, const Split& split) {
  constexpr std::size_t kNamed = 5;
  std::size_t absent = 0, files = 0;
  std::string first;
  for (const Sample& sample : split.samples) {
    for (const std::string* file : {&sample.rgb, &sample.depth}) {
      if (file->empty()) continue;
      ++files;
      if (tree.contains(*file) || absent++ >= kNamed) continue;
      first += fmt::format("\n  {}:{}: {}", split.list, sample.line + 1, *file);
    }
  }
  if (absent == 0) return;
  throw BadInput(fmt::format(
      "{}: {} of {} images that {} names are absent:{}{}\nUnpack the archive completely, or leave "
      "them out with "
      "--on-error skip",
      tree.name(), format_count(absent), format_count(files), split.list, first,
      absent > kNamed ? fmt::format("\n  and {} more", format_count(absent - kNamed)) : ""));
}

}  // namespace rod::dataset
