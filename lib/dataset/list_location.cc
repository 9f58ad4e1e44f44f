#include "dataset/list_location.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/error.h"

namespace rod::dataset {
namespace {

constexpr std::size_t kProbes = 256;
constexpr int kUpperLevels = 3;

// What ROD's lists leave out, by edition. synROD's form leaves nothing out.
std::vector<const char*> modality_folders(std::string_view path, PairForm form) {
  if (form == PairForm::kFolder || path.find("???") != path.npos) return {""};
  return {kRodFolders2022, kRodFolders2020, ""};
}

std::set<std::string> upper_folders(const Tree& tree) {
  std::set<std::string> folders{""};
  for (const std::string_view file : tree.files()) {
    auto slash = file.find('/');
    for (int level = 0; level < kUpperLevels && slash != file.npos; ++level) {
      folders.emplace(file.substr(0, slash + 1));
      slash = file.find('/', slash + 1);
    }
  }
  return folders;
}

}  // namespace

ListLocation locate_list(const Tree& tree, const std::string& folder, const std::string& list_name,
                         std::span<const ListedSample> samples) {
  const auto form = pair_form(samples.front().path);
  for (const ListedSample& sample : samples) {
    if (pair_form(sample.path) == form && form) continue;
    throw BadInput(
        fmt::format("{}:{}: '{}' {}; expected a path such as apple/apple_1/apple_1_1_101_***.png "
                    "or apple/***/apple_1.png",
                    list_name, sample.line + 1, sample.path,
                    form ? "puts `***` elsewhere than the first line"
                         : "has no `***` for the two images of a pair"));
  }

  const auto modalities = modality_folders(samples.front().path, *form);
  ListLocation best{folder, modalities.front(), *form, 0};
  const std::size_t step = std::max<std::size_t>(1, samples.size() / kProbes);
  const auto probe = [&](const std::string& below) {
    for (const char* modality : modalities) {
      ListLocation location{below, modality, *form, 0};
      for (std::size_t n = 0; n < samples.size(); n += step) {
        const PairPath pair = location.pair(samples[n]);
        location.found += tree.contains(pair.rgb) || tree.contains(pair.depth);
      }
      if (location.found > best.found) best = location;
    }
  };
  probe(folder);
  if (best.found == 0) {
    for (const std::string& below : upper_folders(tree)) probe(below);
  }
  return best;
}

std::string locate_paths(const Tree& tree, const std::string& folder,
                         std::span<const std::string> paths) {
  const std::size_t step = std::max<std::size_t>(1, paths.size() / kProbes);
  const auto found_below = [&](const std::string& below) {
    std::size_t found = 0;
    for (std::size_t n = 0; n < paths.size(); n += step) found += tree.contains(below + paths[n]);
    return found;
  };
  std::string best = folder;
  std::size_t most = found_below(folder);
  if (most > 0) return best;
  for (const std::string& below : upper_folders(tree)) {
    const std::size_t found = found_below(below);
    if (found > most) {
      best = below;
      most = found;
    }
  }
  return best;
}

}  // namespace rod::dataset
