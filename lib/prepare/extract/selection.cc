#include "prepare/extract/selection.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "dataset/split_list.h"
#include "io/file.h"

namespace rod::prepare {
namespace {

bool matches_any(const std::vector<std::string>& globs, const std::string& path) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), path.c_str(), FNM_LEADING_DIR) == 0;
  });
}

}  // namespace

std::string read_split_list(const std::filesystem::path& list, const ExtractOptions& options) {
  std::error_code unreadable;
  if (!std::filesystem::exists(list, unreadable)) {
    throw BadInput(fmt::format(
        "{}: there is no such split list; if it is in the archive, take it out first: rodprep "
        "extract '{}' FOLDER --include '*{}'",
        list.string(), options.archive.string(), list.filename().string()));
  }
  return io::read_file(list);
}

Selection::Selection(const ExtractOptions& options) : options_(options) {
  for (const std::filesystem::path& list : options.split) {
    for (const dataset::ListedSample& sample :
         dataset::parse_split_list(read_split_list(list, options), list.string())) {
      const auto form = dataset::pair_form(sample.path);
      const dataset::PairPath pair =
          dataset::pair_path(sample.path, form.value_or(dataset::PairForm::kName));
      listed_.emplace(hash64(pair.rgb), false);
      listed_.emplace(hash64(pair.depth), false);  // the same where the line has no wildcards
    }
  }
}

bool Selection::globs_take(std::string_view path) const {
  if (options_.include.empty() && options_.exclude.empty()) return true;
  const std::string text(path);
  return (options_.include.empty() || matches_any(options_.include, text)) &&
         !matches_any(options_.exclude, text);
}

const std::uint64_t* Selection::listed_name(std::string_view path) const {
  for (;;) {
    if (const auto found = listed_.find(hash64(path)); found != listed_.end()) return &found->first;
    const auto slash = path.find('/');
    if (slash == path.npos) return nullptr;
    path.remove_prefix(slash + 1);
  }
}

bool Selection::takes(std::string_view path) const {
  return globs_take(path) && (options_.split.empty() || listed_name(path) != nullptr);
}

bool Selection::take(std::string_view path) {
  if (!options_.split.empty()) {
    const std::uint64_t* const name = listed_name(path);
    if (name == nullptr) return false;
    if (!std::exchange(listed_.at(*name), true)) ++found_;
  }
  return globs_take(path);
}

}  // namespace rod::prepare
