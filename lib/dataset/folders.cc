// Images in folders named after their classes, RGB with depth or alone.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/units.h"
#include "dataset/layout_kind.h"
#include "dataset/name_pattern.h"
#include "dataset/split_name.h"

namespace rod {
namespace {

// How data sets tell RGB from depth, the usual ones first. In the last ones all else is RGB.
constexpr std::pair<const char*, const char*> kKnownPatterns[] = {
    {"*_crop", "*_depthcrop"}, {"*/rgb/*", "*/depth/*"}, {"rgb/*", "depth/*"},
    {"*_rgb", "*_depth"},      {"*-rgb", "*-depth"},     {"*/color/*", "*/depth/*"},
    {"color/*", "depth/*"},    {"*_color", "*_depth"},   {"*/images/*", "*/depth/*"},
    {"images/*", "depth/*"},   {"*", "*_depthcrop"},     {"*", "*_depth"},
    {"*.jpg", "*.png"},
};

constexpr const char* kSplitWords[] = {"train",      "training", "val",    "valid",
                                       "validation", "test",     "testing"};

struct SplitFolder {
  std::string name, folder;
  std::vector<std::string> images;  // below it
};

struct Patterns {
  NamePattern rgb;
  std::optional<NamePattern> depth;
};

// Files that systems leave behind, such as .DS_Store and __MACOSX.
bool is_hidden(const std::string& path) {
  return path.front() == '.' || path.find("/.") != path.npos || path.find("__MACOSX/") != path.npos;
}

std::vector<std::string> images_below(const Tree& tree, const std::string& folder) {
  std::vector<std::string> images;
  for (const std::string& file : tree.files()) {
    if (!file.starts_with(folder) || image_extension(file) == 0) continue;
    std::string path = file.substr(folder.size());
    if (!is_hidden(path)) images.push_back(std::move(path));
  }
  return images;
}

// The folder above all images in which their paths part.
std::string common_folder(const std::vector<std::string>& images) {
  std::string folder;
  for (;;) {
    const auto slash = images.front().find('/', folder.size());
    if (slash == std::string::npos) return folder;
    const std::string deeper = images.front().substr(0, slash + 1);
    const bool shared = std::all_of(images.begin(), images.end(), [&](const std::string& image) {
      return image.starts_with(deeper);
    });
    if (!shared) return folder;
    folder = deeper;
  }
}

// "train", "synROD-test".
bool names_a_split(const std::string& folder) {
  const std::string last = folder.substr(folder.find_last_of("-_.") + 1);
  return std::find(std::begin(kSplitWords), std::end(kSplitWords), last) != std::end(kSplitWords);
}

// --split NAME=FOLDER, or the upper folders where one of them is named like a split, or everything as one split.
std::vector<SplitFolder> split_folders(const Tree& tree, const LayoutOptions& options) {
  std::vector<SplitFolder> splits;
  for (const auto& [name, given] : options.splits) {
    check_split_name_option(name);
    const std::string folder = given.ends_with('/') ? given : given + "/";
    splits.push_back({name, folder, images_below(tree, folder)});
    if (splits.back().images.empty()) {
      if (options.layout == "auto") return {};
      throw BadInput(
          fmt::format("{}: --split {}={}: that folder holds no images", tree.name(), name, given));
    }
  }
  if (!splits.empty()) return splits;

  const std::vector<std::string> all = images_below(tree, "");
  if (all.empty()) return {};
  const std::string top = common_folder(all);
  std::set<std::string> folders;
  for (const std::string& image : all) {
    if (const auto slash = image.find('/', top.size()); slash != image.npos)
      folders.insert(image.substr(top.size(), slash - top.size()));
  }
  if (std::none_of(folders.begin(), folders.end(), names_a_split))
    return {{"all", top, images_below(tree, top)}};
  for (const std::string& folder : folders) {
    splits.push_back(
        {split_name_from(folder), top + folder + "/", images_below(tree, top + folder + "/")});
  }
  return splits;
}

// Files of one image and its depth, by what the patterns' stars stand for.
struct Pair {
  std::string rgb, depth;
};

struct Pairs {
  std::map<NamePattern::Words, Pair> by_words;
  std::string clash;  // two files that would be the same image; empty: none
};

Pairs pairs_of(const SplitFolder& split, const Patterns& patterns) {
  Pairs pairs;
  const auto put = [&](std::string& place, const std::string& image) {
    if (!place.empty()) pairs.clash = fmt::format("both {} and {}", place, image);
    place = image;
  };
  for (const std::string& image : split.images) {
    const auto depth_words = patterns.depth ? patterns.depth->match(image) : std::nullopt;
    if (depth_words) {
      if (patterns.rgb.class_of(*depth_words)) put(pairs.by_words[*depth_words].depth, image);
    } else if (const auto words = patterns.rgb.match(image);
               words && patterns.rgb.class_of(*words)) {
      put(pairs.by_words[*words].rgb, image);
    }
  }
  return pairs;
}

std::size_t complete_pairs(const std::vector<SplitFolder>& splits, const Patterns& patterns) {
  std::size_t complete = 0;
  for (const SplitFolder& split : splits) {
    const Pairs pairs = pairs_of(split, patterns);
    for (const auto& [words, pair] : pairs.by_words)
      complete += !pair.rgb.empty() && !pair.depth.empty();
  }
  return complete;
}

Patterns choose_patterns(const std::vector<SplitFolder>& splits, const LayoutOptions& options) {
  if (!options.rgb_pattern.empty()) {
    Patterns patterns{NamePattern(options.rgb_pattern), std::nullopt};
    if (!options.depth_pattern.empty()) patterns.depth = NamePattern(options.depth_pattern);
    return patterns;
  }
  Patterns best{NamePattern("*"), std::nullopt};
  std::size_t most = 0;
  for (const auto& [rgb, depth] : kKnownPatterns) {
    Patterns patterns{NamePattern(rgb), NamePattern(depth)};
    if (const std::size_t complete = complete_pairs(splits, patterns); complete > most) {
      most = complete;
      best = std::move(patterns);
    }
  }
  return best;
}

void check_patterns(const LayoutOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::kUsage, what); };
  if (options.rgb_pattern.empty() && !options.depth_pattern.empty())
    refuse("--depth-pattern needs --rgb-pattern too");
  const std::size_t stars = NamePattern(options.rgb_pattern).stars();
  if (!options.rgb_pattern.empty() && stars == 0) {
    refuse(fmt::format("--rgb-pattern '{}': expected a `*`, such as '*_rgb.png' or 'rgb/*'",
                       options.rgb_pattern));
  }
  if (!options.depth_pattern.empty() && NamePattern(options.depth_pattern).stars() != stars) {
    refuse(
        fmt::format("--depth-pattern '{}' must have as many `*` as --rgb-pattern '{}', as they "
                    "stand for the same text",
                    options.depth_pattern, options.rgb_pattern));
  }
}

}  // namespace

std::optional<Dataset> recognise_folders(const Tree& tree, const LayoutOptions& options) {
  check_patterns(options);
  if (options.smallset) return std::nullopt;
  std::vector<SplitFolder> folders = split_folders(tree, options);
  if (folders.empty()) return std::nullopt;
  std::sort(folders.begin(), folders.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  const Patterns patterns = choose_patterns(folders, options);

  Dataset dataset;
  dataset.layout = "folders";
  std::set<std::string> classes;
  std::vector<Pairs> pairs;
  for (const SplitFolder& folder : folders) {
    pairs.push_back(pairs_of(folder, patterns));
    if (!pairs.back().clash.empty()) {
      throw BadInput(fmt::format(
          "{}: {}{} name one image; tell RGB from depth with --rgb-pattern and --depth-pattern",
          tree.name(), folder.folder, pairs.back().clash));
    }
    for (const auto& [words, pair] : pairs.back().by_words)
      classes.insert(*patterns.rgb.class_of(words));
  }
  if (classes.empty()) return std::nullopt;
  const bool modalities =
      classes.count("rgb") + classes.count("color") > 0 && classes.count("depth") > 0;
  if (options.layout == "auto" && (classes.size() < 2 || modalities)) return std::nullopt;
  dataset.classes.assign(classes.begin(), classes.end());

  std::size_t images = 0, used = 0;
  for (std::size_t s = 0; s < folders.size(); ++s) {
    Split split{folders[s].name, folders[s].folder, folders[s].folder, {}};
    for (auto& [words, pair] : pairs[s].by_words) {
      used += !pair.rgb.empty();
      used += !pair.depth.empty();
      // The one that is not there is named as its pair suggests.
      if (pair.rgb.empty()) pair.rgb = patterns.rgb.fill(words, ".png");
      if (pair.depth.empty() && patterns.depth) pair.depth = patterns.depth->fill(words, ".png");
      const auto label =
          std::distance(classes.begin(), classes.find(*patterns.rgb.class_of(words)));
      const std::uint64_t line = split.samples.size();
      split.samples.push_back({split.folder + pair.rgb,
                               patterns.depth ? split.folder + pair.depth : "", pair.rgb,
                               static_cast<std::int64_t>(label), line});
    }
    if (split.samples.empty()) {
      throw BadInput(fmt::format("{}: the split '{}' has no images '{}' in class folders below {}",
                                 tree.name(), split.name, patterns.rgb.text(),
                                 split.folder.empty() ? "the top" : split.folder));
    }
    images += folders[s].images.size();
    dataset.splits.push_back(std::move(split));
  }
  dataset.explanation = fmt::format(
      "folders of classes, recognised by the images' names: RGB '{}', {}{}", patterns.rgb.text(),
      patterns.depth ? fmt::format("depth '{}'", patterns.depth->text()) : "no depth",
      used < images ? fmt::format("; {} other images are left out", format_count(images - used))
                    : "");
  return dataset;
}

}  // namespace rod
