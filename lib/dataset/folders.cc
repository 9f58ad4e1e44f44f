// Images in folders named after their classes, RGB with depth or alone.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_set>

#include "base/error.h"
#include "base/units.h"
#include "dataset/file_kind.h"
#include "dataset/folder_pairs.h"
#include "dataset/folder_structure.h"
#include "dataset/layout_kind.h"
#include "dataset/name_pattern.h"
#include "dataset/name_words.h"
#include "dataset/split_list.h"

namespace rod::dataset {
namespace {

struct Patterns {
  NamePattern image;                 // of RGB, or of depth alone
  std::optional<NamePattern> depth;  // beside RGB
};

bool is_depth_alone(const LayoutOptions& options) {
  return options.rgb_pattern.empty() && !options.depth_pattern.empty();
}

// Whether patterns say what the folders are. Where `*` says that all images are depth, the words in
// the paths do.
bool has_patterns(const LayoutOptions& options) {
  return !options.rgb_pattern.empty() || (is_depth_alone(options) && options.depth_pattern != "*");
}

Patterns patterns_of(const LayoutOptions& options) {
  if (is_depth_alone(options)) return {NamePattern(options.depth_pattern), {}};
  Patterns patterns{NamePattern(options.rgb_pattern), {}};
  if (!options.depth_pattern.empty()) patterns.depth = NamePattern(options.depth_pattern);
  return patterns;
}

// A pair, or an image without one, where it belongs.
struct Placed {
  std::string_view split, class_name;  // empty: not known
  FolderPair pair;
  std::string_view reason;  // why it is left out; empty: it is a sample
};

struct Found {
  std::vector<Placed> images;
  std::string modality, structure;
  bool has_depth = false;
  TextPool texts;  // of `known`
  std::unordered_set<std::string_view> known;
  std::vector<std::shared_ptr<TextPool>> texts_of_pairs;

  // Few different texts, each stored once.
  std::string_view text(std::string_view text) {
    const auto found = known.find(text);
    return found == known.end() ? *known.insert(texts.add(text)).first : *found;
  }
};

bool is_image(std::string_view path) {
  const FileKind kind = file_kind(path);
  return kind == FileKind::kImage || kind == FileKind::kUnknownImage;
}

std::vector<std::string_view> images_below(const Tree& tree, const std::string& folder) {
  std::vector<std::string_view> images;
  for (const std::string_view file : tree.files()) {
    if (file.starts_with(folder) && is_image(file)) images.push_back(file);
  }
  return images;
}

// The folder above all images in which their paths part.
std::string common_folder(const std::vector<std::string_view>& images) {
  const PathFolders folders(images, 0);
  const std::size_t levels = common_levels(folders.of);
  for (const Folders& one : folders.all) {
    if (one.size() < levels) continue;
    std::string folder;
    for (std::size_t level = 0; level < levels; ++level) folder += one[level] + "/";
    return folder;
  }
  return "";
}

// By the words in the paths.
void place_by_words(const Tree& tree, const std::string& folder,
                    const std::vector<std::string_view>& images, const LayoutOptions& options,
                    const std::optional<std::string>& split, Found& found) {
  FolderPairs pairs = pair_images(tree, folder, images, is_depth_alone(options));
  found.texts_of_pairs.push_back(pairs.texts);
  std::vector<const FolderPair*> all;
  all.reserve(pairs.pairs.size());
  for (const FolderPair& pair : pairs.pairs) all.push_back(&pair);
  for (const auto& [pair, reason] : pairs.unpaired) {
    if (reason != "is a mask") all.push_back(&pair);
  }
  const FolderStructure structure = options.structure.empty()
                                        ? find_structure(tree, all, split.has_value())
                                        : parse_structure(options.structure);
  const auto place = [&](FolderPair&& pair, const std::string& reason) {
    const auto class_name = structure.class_of(pair), in_split = structure.split_of(pair);
    Placed placed{found.text(split ? *split : in_split.value_or("")),
                  found.text(class_name.value_or("")), std::move(pair), found.text(reason)};
    if (reason.empty() && (placed.class_name.empty() || placed.split.empty()))
      placed.reason = "lies in no folder of a class";
    found.images.push_back(std::move(placed));
  };
  found.images.reserve(found.images.size() + pairs.pairs.size() + pairs.unpaired.size());
  for (FolderPair& pair : pairs.pairs) place(std::move(pair), "");
  for (auto& [pair, reason] : pairs.unpaired) place(std::move(pair), reason);
  found.modality = pairs.modality;
  found.structure = structure.text();
  found.has_depth = found.has_depth || pairs.has_depth;
}

// By --rgb-pattern and --depth-pattern, which are relative to `folder`.
void place_by_patterns(const Tree& tree, const std::string& folder,
                       const std::vector<std::string_view>& images, const Patterns& patterns,
                       const std::string& split, Found& found) {
  std::map<NamePattern::Words, FolderPair> pairs;
  const auto leave_out = [&](std::string_view path, const std::string& reason,
                             const std::string& class_name) {
    found.images.push_back(
        {found.text(split), found.text(class_name), {path, "", {}, "", path}, found.text(reason)});
  };
  const auto put = [&](std::string_view& place, std::string_view image) {
    if (!place.empty()) {
      throw BadInput(
          fmt::format("{}: both {} and {} name one image; distinguish RGB from depth with "
                      "--rgb-pattern and --depth-pattern",
                      tree.name(), place, image));
    }
    place = image;
  };
  for (const std::string_view image : images) {
    const std::string_view below = image.substr(folder.size());
    const auto depth = patterns.depth ? patterns.depth->match(below) : std::nullopt;
    const auto words = depth ? depth : patterns.image.match(below);
    if (!words) {
      leave_out(image,
                image_extension(image) == 0
                    ? fmt::format("is {}, an unsupported format", image_format_name(image))
                    : "matches no pattern",
                "");
    } else if (!patterns.image.class_of(*words)) {
      leave_out(image, "lies in no folder of a class", "");
    } else {
      put(depth ? pairs[*words].depth : pairs[*words].rgb, image);
    }
  }
  for (auto& [words, pair] : pairs) {
    const std::string class_name = *patterns.image.class_of(words);
    if (pair.rgb.empty()) {
      leave_out(pair.depth, "has no RGB image", class_name);
    } else if (patterns.depth && pair.depth.empty()) {
      leave_out(pair.rgb, "has no depth image", class_name);
    } else {
      pair.key = pair.rgb;
      found.images.push_back({found.text(split), found.text(class_name), std::move(pair), ""});
    }
  }
  found.has_depth = patterns.depth.has_value();
}

std::string modality_of(const LayoutOptions& options) {
  const std::string &rgb = options.rgb_pattern, &depth = options.depth_pattern;
  if (rgb.empty()) return fmt::format("depth '{}', no RGB", depth);
  return depth.empty() ? fmt::format("RGB '{}', no depth", rgb)
                       : fmt::format("RGB '{}', depth '{}'", rgb, depth);
}

void check_patterns(const LayoutOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::kUsage, what); };
  const auto stars = [](const std::string& pattern) { return NamePattern(pattern).stars(); };
  const std::string &rgb = options.rgb_pattern, &depth = options.depth_pattern;
  if (!rgb.empty() && stars(rgb) == 0)
    refuse(fmt::format("--rgb-pattern '{}': expected a `*`, such as '*_rgb.png' or 'rgb/*'", rgb));
  if (rgb.empty() && !depth.empty() && stars(depth) == 0) {
    refuse(fmt::format("--depth-pattern '{}': expected a `*`, such as '*_depth.png' or 'depth/*'",
                       depth));
  }
  if (!rgb.empty() && !depth.empty() && stars(depth) != stars(rgb)) {
    refuse(
        fmt::format("--depth-pattern '{}' must have as many `*` as --rgb-pattern '{}', as they "
                    "stand for the same text",
                    depth, rgb));
  }
  if (!options.structure.empty()) {
    parse_structure(options.structure);
    if (has_patterns(options)) {
      refuse(fmt::format("--structure and {} both say what the folders are; give one of them",
                         rgb.empty() ? "--depth-pattern" : "--rgb-pattern"));
    }
  }
}

// One folder of the tree, and the split it is; no name: its folders tell.
struct FolderPart {
  std::optional<std::string> split;
  std::string folder;
  std::vector<std::string_view> images;
};

// --split NAME=FOLDER, or with patterns the upper folders where they are named like splits, or
// everything.
std::vector<FolderPart> folder_parts(const Tree& tree, const LayoutOptions& options) {
  std::vector<FolderPart> parts;
  for (const auto& [name, given] : options.splits) {
    check_split_name_option(name);
    const std::string folder = given.ends_with('/') ? given : given + "/";
    parts.push_back({name, folder, images_below(tree, folder)});
    if (parts.back().images.empty()) {
      if (options.layout == "auto") return {};
      throw BadInput(
          fmt::format("{}: --split {}={}: that folder holds no images", tree.name(), name, given));
    }
  }
  if (!parts.empty()) return parts;
  const std::vector<std::string_view> all = images_below(tree, "");
  if (all.empty()) return {};
  if (!has_patterns(options)) return {{std::nullopt, "", all}};

  const std::string top = common_folder(all);
  std::set<std::string> folders;
  const PathFolders below(all, top.size());
  for (const Folders& one : below.all) folders.insert(one.empty() ? "" : one.front());
  const bool splits = std::all_of(folders.begin(), folders.end(), [](const std::string& folder) {
    std::string rest;
    return folder_words(folder).split || !split_affix(folder, rest).empty();
  });
  if (!splits) return {{"all", top, images_below(tree, top)}};
  for (const std::string& folder : folders) {
    parts.push_back(
        {split_name_from(folder), top + folder + "/", images_below(tree, top + folder + "/")});
  }
  return parts;
}

// Whole classes, splits and modalities of which nothing is taken.
std::vector<std::string> losses_of(const Found& found) {
  struct Count {
    std::size_t samples = 0, left_out = 0;
    const Placed* example = nullptr;
  };
  std::map<std::string_view, Count> classes, splits;
  std::map<std::pair<std::string_view, std::string_view>, Count> both;
  const auto count = [](Count& of, const Placed& image) {
    ++(image.reason.empty() ? of.samples : of.left_out);
    if (!image.reason.empty() && of.example == nullptr) of.example = &image;
  };
  for (const Placed& image : found.images) {
    if (image.reason == "is a mask") continue;
    if (!image.class_name.empty()) count(classes[image.class_name], image);
    if (!image.split.empty()) count(splits[image.split], image);
    if (!image.class_name.empty() && !image.split.empty())
      count(both[{image.split, image.class_name}], image);
  }
  std::vector<std::string> losses;
  const auto tell = [&](const std::string& what, const Count& of) {
    losses.push_back(
        fmt::format("{} would be missing: {} image{} of it {} not taken, such as {}, "
                    "which {}",
                    what, format_count(of.left_out), of.left_out == 1 ? "" : "s",
                    of.left_out == 1 ? "is" : "are", of.example->pair.rgb, of.example->reason));
  };
  for (const auto& [name, of] : splits) {
    if (of.samples == 0) tell(fmt::format("the split '{}'", name), of);
  }
  for (const auto& [name, of] : classes) {
    if (of.samples == 0) tell(fmt::format("the class '{}'", name), of);
  }
  for (const auto& [name, of] : both) {
    if (of.samples == 0 && splits[name.first].samples > 0 && classes[name.second].samples > 0)
      tell(fmt::format("the class '{}' of the split '{}'", name.second, name.first), of);
  }
  std::size_t samples = 0, homeless = 0;
  const Placed* example = nullptr;
  for (const Placed& image : found.images) {
    samples += image.reason.empty();
    if (image.reason != "lies in no folder of a class") continue;
    ++homeless;
    if (example == nullptr) example = &image;
  }
  constexpr std::size_t kShare = 4;
  if (homeless * kShare > samples) {
    losses.push_back(fmt::format("{} images lie in no folder of a class, such as {}",
                                 format_count(homeless), example->pair.rgb));
  }
  return losses;
}

// The folder of the tree with which all paths of a split begin.
std::string split_folder(const Split& split, const std::string& top, const std::string& name) {
  for (const std::string& folder : {top + name + "/", top}) {
    const bool all =
        std::all_of(split.samples.begin(), split.samples.end(), [&](const Sample& sample) {
          return sample.image().starts_with(folder) &&
                 (sample.depth.empty() || sample.depth.starts_with(folder));
        });
    if (all) return folder;
  }
  return "";
}

// Equal names but for the case are one split.
std::map<std::string, std::string, std::less<>> split_names(const Found& found) {
  std::map<std::string, std::set<std::string>> written;
  for (const Placed& image : found.images) {
    if (!image.split.empty()) written[lower_case(image.split)].emplace(image.split);
  }
  std::map<std::string, std::string, std::less<>> names;
  for (const auto& [lower, all] : written) {
    for (const std::string& one : all) names[one] = split_name_from(all.size() == 1 ? one : lower);
  }
  return names;
}

std::optional<Dataset> recognise_folders(const Tree& tree, const LayoutOptions& options) {
  check_patterns(options);
  if (options.smallset) return std::nullopt;
  const std::vector<FolderPart> parts = folder_parts(tree, options);
  if (parts.empty()) return std::nullopt;

  Found found;
  for (const FolderPart& part : parts) {
    if (has_patterns(options)) {
      place_by_patterns(tree, part.folder, part.images, patterns_of(options), *part.split, found);
      found.modality = modality_of(options);
    } else {
      place_by_words(tree, part.folder, part.images, options, part.split, found);
    }
  }
  std::set<std::string_view> classes;
  std::vector<std::string_view> paths;
  paths.reserve(found.images.size());
  bool depth_everywhere = true;
  for (const Placed& image : found.images) {
    paths.push_back(image.pair.rgb);
    if (!image.reason.empty()) continue;
    classes.insert(image.class_name);
    depth_everywhere = depth_everywhere && image.pair.depth.empty() != found.has_depth;
  }
  if (!depth_everywhere) {
    throw BadInput(
        fmt::format("{}: some splits have depth images and others have none; choose splits with "
                    "--split, or only RGB with --rgb-pattern '*'",
                    tree.name()));
  }
  const std::vector<std::string> losses = losses_of(found);
  const bool placed = std::any_of(found.images.begin(), found.images.end(),
                                  [](const Placed& image) { return !image.class_name.empty(); });
  if (classes.empty() && !losses.empty() && (placed || options.layout != "auto"))
    throw BadInput(fmt::format("{}: {}", tree.name(), losses.front()));
  if (classes.empty()) return std::nullopt;
  if (options.layout == "auto" && classes.size() < 2) {
    if (!losses.empty()) throw BadInput(fmt::format("{}: {}", tree.name(), losses.front()));
    return std::nullopt;
  }

  Dataset dataset;
  dataset.layout = "folders";
  dataset.modality = found.modality;
  dataset.structure = found.structure;
  dataset.losses = losses;
  dataset.classes.assign(classes.begin(), classes.end());
  const auto names = split_names(found);
  const std::string top = common_folder(paths);
  std::map<std::string, Split> splits;
  std::map<std::string, std::string> written;
  std::map<std::string_view, std::int64_t> labels;
  for (const std::string_view name : classes)
    labels.emplace(name, static_cast<std::int64_t>(labels.size()));
  const auto by_key = [](const Placed& a, const Placed& b) { return a.pair.key < b.pair.key; };
  if (!std::is_sorted(found.images.begin(), found.images.end(), by_key))
    std::stable_sort(found.images.begin(), found.images.end(), by_key);
  for (Placed& image : found.images) {
    if (!image.reason.empty()) {
      for (const std::string_view path : {image.pair.rgb, image.pair.depth}) {
        if (path.empty()) continue;
        dataset.left_out.push_back({std::string(path), std::string(image.reason),
                                    std::string(image.split), std::string(image.class_name)});
      }
      continue;
    }
    const std::string name = names.find(image.split)->second;
    written[name] = image.split;
    FolderPair& pair = image.pair;
    if (is_depth_alone(options)) std::swap(pair.rgb, pair.depth);
    std::vector<Sample>& samples = splits[name].samples;
    samples.push_back({dataset.text(pair.rgb), dataset.text(pair.depth), "",
                       labels.at(image.class_name), samples.size()});
  }
  for (const FolderPart& part : parts) {
    if (part.split && splits.count(*part.split) == 0) {
      throw BadInput(fmt::format("{}: the split '{}' has no images in class folders below {}",
                                 tree.name(), *part.split,
                                 part.folder.empty() ? "the top" : part.folder));
    }
  }
  for (auto& [name, split] : splits) {
    split.name = name;
    const auto part = std::find_if(
        parts.begin(), parts.end(),
        [&name = name](const FolderPart& one) { return one.split && *one.split == name; });
    split.folder = part == parts.end() ? split_folder(split, top, written.at(name)) : part->folder;
    for (Sample& sample : split.samples) sample.key = sample.image().substr(split.folder.size());
    dataset.splits.push_back(std::move(split));
  }
  dataset.explanation = fmt::format(
      "folders of classes{}: {}{}",
      found.structure.empty() ? "" : fmt::format(" ({})", found.structure), found.modality,
      dataset.left_out.empty()
          ? ""
          : fmt::format("; {} other images are left out", format_count(dataset.left_out.size())));
  return dataset;
}

}  // namespace

extern const LayoutKind kFoldersLayout = {
    .name = "folders",
    .looks_for = "images in folders named after at least two classes",
    .recognise = recognise_folders,
};

}  // namespace rod::dataset
