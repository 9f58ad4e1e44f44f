#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "dataset/layout_kind.h"
#include "dataset/list_location.h"
#include "dataset/list_text.h"
#include "dataset/split_list.h"
#include "io/file.h"

namespace rod::dataset {
namespace {

// A split list, read and located.
struct FoundList {
  std::string split, path;
  std::vector<ListedSample> samples;
  ListLocation location;
};

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/') + 1);
}

// Throws BadInput when it is malformed or empty.
FoundList read_list(const Tree& tree, const std::string& split, const std::string& path) {
  FoundList list{split, path, {}, {}};
  std::string text, folder;
  if (tree.contains(path)) {
    std::vector<std::byte> bytes;
    tree.read(path, bytes);
    text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    folder = folder_of(path);
  } else {
    text = io::read_file(path);
  }
  list.samples = parse_split_list(list_text(text, path), path);
  if (list.samples.empty()) throw BadInput(fmt::format("{}: the split list holds no sample", path));
  list.location = locate_list(tree, folder, path, list.samples);
  return list;
}

// Whether --split names what this layout reads, and not tables or folders.
bool names_text_lists(const LayoutOptions& options) {
  return std::none_of(options.splits.begin(), options.splits.end(), [](const auto& split) {
    return split.second.ends_with('/') || is_table_name(split.second);
  });
}

std::vector<FoundList> wanted_lists(const Tree& tree, const LayoutOptions& options) {
  std::vector<FoundList> lists;
  for (const auto& [name, path] : options.splits) {
    check_split_name_option(name);
    for (const FoundList& other : lists) {
      if (other.split == name)
        throw Error(ErrorKind::kUsage, fmt::format("--split {} is given twice", name));
    }
    lists.push_back(read_list(tree, name, path));
  }
  std::sort(lists.begin(), lists.end(),
            [](const FoundList& a, const FoundList& b) { return a.split < b.split; });
  return lists;
}

// Paths of the tree's files that match a pattern, by split.
std::map<std::string, std::vector<std::string>> matching_files(
    std::span<const ListPattern> patterns, const Tree& tree) {
  std::map<std::string, std::vector<std::string>> found;
  for (const std::string_view file : tree.files()) {
    if (!file.ends_with(".txt")) continue;
    const std::string name(file.substr(file.rfind('/') + 1));  // all of it without a slash
    for (const ListPattern& pattern : patterns) {
      if (::fnmatch(pattern.glob, name.c_str(), 0) == 0) found[pattern.split].emplace_back(file);
    }
  }
  return found;
}

// Of several lists of one split, the one whose images are there.
FoundList choose_list(const Tree& tree, const std::string& split,
                      const std::vector<std::string>& paths) {
  std::vector<FoundList> lists;
  for (const std::string& path : paths) lists.push_back(read_list(tree, split, path));
  const auto with_images = std::partition(
      lists.begin(), lists.end(), [](const FoundList& list) { return list.location.found > 0; });
  if (with_images != lists.begin()) lists.erase(with_images, lists.end());
  if (lists.size() > 1) {
    throw BadInput(
        fmt::format("{}: both {} and {} may be the list of split {}; choose with --split {}=LIST",
                    tree.name(), lists[0].path, lists[1].path, split, split));
  }
  return std::move(lists.front());
}

// The class's folder in the list's path: behind the modality's folder, where that is written.
std::string class_folder(const std::string& path) {
  const auto marks = path.find("???");
  const auto begin = marks == path.npos ? 0 : path.find('/', marks) + 1;
  return path.substr(begin, path.find('/', begin) - begin);
}

// The number is the label; its name is ROD's folder, or the known name, or any list's folder.
std::vector<std::string> class_names(const ListedLayout& layout,
                                     const std::vector<FoundList>& lists) {
  std::int64_t last = 0;
  std::map<std::int64_t, std::string> by_rod, by_any;
  for (const FoundList& list : lists) {
    for (const ListedSample& sample : list.samples) {
      last = std::max(last, sample.label);
      auto& names = list.location.form == PairForm::kName ? by_rod : by_any;
      if (names.count(sample.label) == 0) names.emplace(sample.label, class_folder(sample.path));
    }
  }
  std::vector<std::string> names;
  for (std::int64_t label = 0; label <= last; ++label) {
    if (by_rod.count(label) > 0) {
      names.push_back(by_rod.at(label));
    } else if (static_cast<std::size_t>(label) < layout.classes.size()) {
      names.push_back(layout.classes[static_cast<std::size_t>(label)]);
    } else if (by_any.count(label) > 0) {
      names.push_back(by_any.at(label));
    } else {
      names.push_back(fmt::format("class-{}", label));
    }
  }
  return names;
}

// Lines to pairs of files.
Split resolve(FoundList& list, Dataset& dataset) {
  Split split{list.split, list.path, list.location.folder, {}};
  split.samples.reserve(list.samples.size());
  for (const ListedSample& listed : list.samples) {
    const PairPath pair = list.location.pair(listed);
    split.samples.push_back({dataset.text(pair.rgb), dataset.text(pair.depth),
                             dataset.text(listed.path), listed.label, listed.line});
  }
  list.samples = {};
  return split;
}

// " 2022", " 2020", or "" where no ROD list tells.
std::string edition(const std::vector<FoundList>& lists) {
  for (const FoundList& list : lists) {
    if (list.location.form != PairForm::kName) continue;
    const std::string written = list.location.modality + list.samples.front().path;
    if (written.find(kRodFolders2022) != written.npos) return "2022";
    if (written.find(kRodFolders2020) != written.npos) return "2020";
  }
  return "";
}

}  // namespace

std::optional<Dataset> recognise_listed(const ListedLayout& layout, const Tree& tree,
                                        const LayoutOptions& options) {
  if (options.layout == "auto" && !names_text_lists(options)) return std::nullopt;
  if (options.smallset && layout.small_lists.empty()) return std::nullopt;
  const auto candidates =
      matching_files(options.smallset ? layout.small_lists : layout.lists, tree);
  if (candidates.empty() && (options.layout == "auto" || options.splits.empty()))
    return std::nullopt;

  std::vector<FoundList> lists = wanted_lists(tree, options);
  if (options.splits.empty()) {
    for (const auto& [split, paths] : candidates) lists.push_back(choose_list(tree, split, paths));
  }

  Dataset dataset;
  const std::string year = edition(lists);
  dataset.layout = layout.name + (year.empty() ? "" : "-" + year);
  dataset.classes = class_names(layout, lists);
  for (FoundList& list : lists) {
    if (tree.contains(list.path)) dataset.lists.push_back(list.path);
    dataset.splits.push_back(resolve(list, dataset));
  }
  dataset.modality = "by the wildcards in the lists' paths";
  std::string by;
  for (const Split& split : dataset.splits) by += (by.empty() ? "" : ", ") + split.list;
  dataset.explanation =
      fmt::format("{}{}{}{}, recognised by {}", layout.title, year.empty() ? "" : " ", year,
                  options.smallset ? ", small lists" : "", by);
  return dataset;
}

}  // namespace rod::dataset
