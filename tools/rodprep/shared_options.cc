#include "shared_options.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "cli/command_line.h"

namespace rod::tools {
namespace {

// --split NAME=LIST
std::pair<std::string, std::string> name_and_list(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == text.npos || equals == 0 || equals + 1 == text.size()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--split '{}': expected NAME=LIST, such as ROD=ROD/my_list.txt", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace

LayoutFlags::LayoutFlags(CLI::App& app) {
  flags_ = {
      app.add_option("--layout", options_.layout, "layout of SOURCE; auto: detect it")
          ->check(CLI::IsMember(dataset::layout_names())),
      app.add_option("--split", splits_,
                     "NAME=LIST: use this list instead of the detected ones, a file in SOURCE or "
                     "on disk; with layout folders, a folder in SOURCE (repeatable)")
          ->take_all()
          ->allow_extra_args(false)
          ->default_str(""),
      app.add_flag("--smallset", options_.smallset,
                   "use the course's small lists (smallROD.txt, …) instead of the full ones"),
      app.add_option("--rgb-pattern", options_.rgb_pattern,
                     "layout folders: which images are RGB, such as '*_rgb.png' or 'rgb/*'; "
                     "detected if absent"),
      app.add_option("--depth-pattern", options_.depth_pattern,
                     "layout folders: which images are depth; each * matches the same text as in "
                     "--rgb-pattern"),
      app.add_option("--structure", options_.structure,
                     "layout folders: the role of each folder in a path (split, class or *), such "
                     "as class/split, without folders that name a modality; detected if absent"),
      app.add_option("--ignore-label", options_.ignore_label,
                     "layout list: skip rows with this label, such as -1")};
}

void LayoutFlags::only_with(CLI::Option* other) {
  for (CLI::Option* const flag : flags_) flag->needs(other);
}

dataset::LayoutOptions LayoutFlags::options() const {
  dataset::LayoutOptions options = options_;
  for (const std::string& split : splits_) options.splits.push_back(name_and_list(split));
  return options;
}

CLI::Option* add_retry(CLI::App& app, std::chrono::seconds& time) {
  return cli::add_duration(
      app, "--retry", time,
      "keep retrying for this long if a drive can't be read, then stop; the same command "
      "resumes from there");
}

}  // namespace rod::tools
