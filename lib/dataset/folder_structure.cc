#include "dataset/folder_structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "dataset/name_words.h"

namespace rod::dataset {
namespace {

using Images = std::vector<const FolderPair*>;
using Names = std::set<std::string>;

bool names_split(const std::string& folder) {
  const FolderWords words = folder_words(folder);
  return words.split && words.modality == Word::kOther;
}

bool has_digit(const std::string& name) {
  return name.find_first_of("0123456789") != name.npos;
}

// The names at a level; nothing where an image lies above it. Images beside all folders don't
// count.
std::optional<Names> names_at(const Images& images, std::size_t level, std::size_t base) {
  Names names;
  for (const FolderPair* image : images) {
    if (image->folders().size() <= base) continue;
    if (image->folders().size() <= level) return std::nullopt;
    names.insert(image->folders()[level]);
  }
  return names;
}

// `train`, `Test`; or `synROD-train`, `synROD-test`: fewer different rests than names.
bool all_name_splits(const Names& names) {
  if (names.empty()) return false;
  if (std::all_of(names.begin(), names.end(), names_split)) return true;
  Names rests;
  for (const std::string& name : names) {
    std::string rest;
    if (split_affix(name, rest).empty()) return false;
    rests.insert(rest);
  }
  return rests.size() < names.size();
}

// Names of the next level by those of this one.
std::map<std::string, Names> names_below(const Images& images, std::size_t level,
                                         std::size_t next) {
  std::map<std::string, Names> below;
  for (const FolderPair* image : images) {
    if (image->folders().size() <= std::max(level, next)) continue;
    below[image->folders()[level]].insert(image->folders()[next]);
  }
  return below;
}

// How many kinds of splits ("train", "test") name folders that hold the same classes as other
// folders do.
std::size_t some_name_splits(const Images& images, std::size_t base) {
  const auto below = names_below(images, base, base + 1);
  Names kinds;
  for (const auto& [name, classes] : below) {
    std::string rest;
    const std::string kind = names_split(name) ? name : split_affix(name, rest);
    if (kind.empty()) continue;
    for (const auto& [other, theirs] : below) {
      const bool shares =
          other != name &&
          std::any_of(classes.begin(), classes.end(), [&theirs = theirs](const std::string& one) {
            return theirs.count(one) > 0 && !has_digit(one);
          });
      if (shares) kinds.insert(lower_case(kind));
    }
  }
  // One alone may be a class: `crash-test` beside `apple` and `cup`.
  std::size_t like = 0;
  for (const auto& [name, classes] : below) {
    std::string rest;
    like += names_split(name) || !split_affix(name, rest).empty();
  }
  return kinds.empty() ? 0 : like;
}

std::vector<std::size_t> split_levels(const Images& images, std::size_t base) {
  std::vector<std::size_t> levels, constant;
  for (std::size_t level = base;; ++level) {
    const auto names = names_at(images, level, base);
    if (!names || names->empty()) break;
    if (all_name_splits(*names)) (names->size() > 1 ? levels : constant).push_back(level);
  }
  if (levels.empty() && some_name_splits(images, base) > 1) return {base};
  return levels.empty() ? constant : levels;
}

// The first level that names the class: not the split's, and not one at which all images agree.
std::size_t class_level(const Images& images, const std::vector<std::size_t>& splits,
                        std::size_t base) {
  const auto is_split = [&](std::size_t level) {
    return std::find(splits.begin(), splits.end(), level) != splits.end();
  };
  std::size_t level = base;
  for (;; ++level) {
    if (is_split(level)) continue;
    const auto names = names_at(images, level, base);
    std::size_t next = level + 1;
    while (is_split(next)) ++next;
    const auto deeper = names_at(images, next, base);
    // Below `train/`, `train_data/` is no class.
    const bool agree =
        names && (names->size() == 1 || (!splits.empty() && all_name_splits(*names)));
    if (!agree || !deeper || deeper->empty()) return level;
  }
}

// Whether the folders of `next` could be the classes as well: the same few names below each folder
// of `level`.
bool could_be_classes(const Images& images, std::size_t level, std::size_t next) {
  const auto below = names_below(images, level, next);
  if (below.size() < 2) return false;
  std::map<std::string, std::size_t> times;
  std::size_t numbered = 0;
  for (const auto& [name, names] : below) {
    for (const std::string& one : names) {
      ++times[one];
      numbered += has_digit(one) || folder_words(one).modality != Word::kOther;
    }
  }
  if (times.size() < 2 || numbered > 0) return false;
  const auto shared = static_cast<std::size_t>(
      std::count_if(times.begin(), times.end(), [](const auto& one) { return one.second > 1; }));
  return shared * 2 >= times.size();
}

std::string some_of(const Names& names) {
  std::string text;
  std::size_t count = 0;
  for (const std::string& name : names) {
    if (++count > 3) return fmt::format("{} … ({})", text, names.size());
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

std::string reading_text(const Images& images, const FolderStructure& structure) {
  Names classes, splits;
  for (const FolderPair* image : images) {
    if (const auto name = structure.class_of(*image)) classes.insert(*name);
    if (const auto name = structure.split_of(*image)) splits.insert(*name);
  }
  return fmt::format("\n  classes {}; splits {}: --structure '{}'", some_of(classes),
                     some_of(splits), structure.text());
}

[[noreturn]] void refuse_reading(const Tree& tree, const Images& images, const std::string& why,
                                 const std::vector<FolderStructure>& readings) {
  std::string text;
  for (const FolderStructure& reading : readings) text += reading_text(images, reading);
  throw BadInput(
      fmt::format("{}: {}; choose one reading, or give the folders of the splits "
                  "(--split NAME=FOLDER):{}",
                  tree.name(), why, text));
}

// The split's word in a file's name.
std::string split_in(std::string_view stem) {
  const auto tokens = name_tokens(stem);
  if (tokens.size() < 2) return "";
  if (tokens.front().word == Word::kSplit) return tokens.front().text;
  return tokens.back().word == Word::kSplit ? tokens.back().text : "";
}

bool splits_in_names(const Tree& tree, const Images& images) {
  Names kinds;
  std::size_t named = 0;
  const FolderPair* other = nullptr;
  for (const FolderPair* image : images) {
    const std::string word = split_in(image->stem);
    if (word.empty()) {
      other = image;
    } else {
      kinds.insert(word);
      ++named;
    }
  }
  if (kinds.size() < 2) return false;
  if (other == nullptr) return true;
  if (named * 2 > images.size()) {
    throw BadInput(
        fmt::format("{}: most images are named after a split ({}), but {} is not; give "
                    "--structure to say what the folders are, such as "
                    "--structure class",
                    tree.name(), some_of(kinds), other->rgb));
  }
  return false;
}

// Folders named like splits that the structure does not use.
void refuse_unused_splits(const Tree& tree, const Images& images,
                          const FolderStructure& structure) {
  Names classes, splits_as_classes;
  for (const FolderPair* image : images) {
    if (const auto name = structure.class_of(*image)) classes.insert(*name);
  }
  std::map<std::string, const FolderPair*> found;
  for (const FolderPair* image : images) {
    for (std::size_t level = 0; level < image->folders().size(); ++level) {
      const bool used = std::find(structure.splits.begin(), structure.splits.end(), level) !=
                        structure.splits.end();
      if (used || !names_split(image->folders()[level])) continue;
      if (level < structure.class_level) continue;  // all images share it
      if (level == structure.class_level) {
        splits_as_classes.insert(image->folders()[level]);
        const bool classes_below =
            image->folders().size() > level + 1 && classes.count(image->folders()[level + 1]) > 0;
        if (!classes_below) continue;
      }
      found.emplace(image->folders()[level], image);
    }
  }
  if (splits_as_classes.size() > 1) {
    refuse_reading(tree, images,
                   fmt::format("the folders {} are named like splits, and there are no folders of "
                               "classes in each of them",
                               some_of(splits_as_classes)),
                   {structure});
  }
  if (!found.empty()) {
    refuse_reading(
        tree, images,
        fmt::format("'{}' is named like a split, but not all images lie in such folders: {}",
                    found.begin()->first, found.begin()->second->rgb),
        {structure});
  }
}

void refuse_modality_classes(const Tree& tree, const Images& images,
                             const FolderStructure& structure) {
  for (const FolderPair* image : images) {
    const auto name = structure.class_of(*image);
    if (!name || folder_words(*name).modality != Word::kRgb) continue;
    refuse_reading(
        tree, images,
        fmt::format("the folder '{}' is named like RGB images, and there is no depth: it is a "
                    "class, or the other folders hold something else",
                    *name),
        {structure});
  }
}

}  // namespace

std::string FolderStructure::text() const {
  std::size_t levels = class_level + 1;
  for (const std::size_t level : splits) levels = std::max(levels, level + 1);
  std::string text;
  for (std::size_t level = 0; level < levels; ++level) {
    const bool split = std::find(splits.begin(), splits.end(), level) != splits.end();
    text += (level > 0 ? "/" : "");
    text += level == class_level ? "class" : split ? "split" : "*";
  }
  return text;
}

std::optional<std::string> FolderStructure::class_of(const FolderPair& pair) const {
  if (pair.folders().size() <= class_level) return std::nullopt;
  return pair.folders()[class_level];
}

std::optional<std::string> FolderStructure::split_of(const FolderPair& pair) const {
  if (split_in_name) {
    const std::string word = split_in(pair.stem);
    return word.empty() ? std::nullopt : std::optional(word);
  }
  if (splits.empty()) return only_split;
  std::string name;
  for (const std::size_t level : splits) {
    if (pair.folders().size() <= level) return std::nullopt;
    name += (name.empty() ? "" : "-") + pair.folders()[level];
  }
  return name;
}

FolderStructure parse_structure(const std::string& text) {
  FolderStructure structure;
  bool has_class = false;
  std::size_t level = 0;
  for (std::size_t at = 0; at <= text.size(); ++level) {
    const auto end = std::min(text.find('/', at), text.size());
    const std::string word = text.substr(at, end - at);
    at = end + 1;
    if (word == "*" || (word.empty() && at > text.size() && level > 0)) continue;
    if (word == "split") {
      structure.splits.push_back(level);
    } else if (word == "class" && !has_class) {
      structure.class_level = level;
      has_class = true;
    } else {
      has_class = false;
      break;
    }
  }
  if (has_class) return structure;
  throw Error(ErrorKind::kUsage,
              fmt::format("--structure '{}': expected `split`, `class` and `*` with `/` between "
                          "them and one `class`, such as split/class, class/split or */class",
                          text));
}

FolderStructure find_structure(const Tree& tree, const Images& images, bool splits_given) {
  std::vector<const Folders*> dirs;
  for (const FolderPair* image : images) dirs.push_back(&image->folders());
  // A folder that the command line names holds the classes.
  const std::size_t base = splits_given ? 0 : common_levels(dirs);
  const std::vector<std::size_t> levels =
      splits_given ? std::vector<std::size_t>{} : split_levels(images, base);
  std::vector<FolderStructure> readings;
  for (const std::size_t level : levels) {
    FolderStructure reading;
    reading.splits = {level};
    reading.class_level = class_level(images, reading.splits, base);
    readings.push_back(reading);
  }
  if (readings.empty()) {
    FolderStructure reading;
    reading.class_level = splits_given ? 0 : class_level(images, {}, base);
    // All images lie below one folder that is named like a split.
    for (const FolderPair* image : images) {
      for (std::size_t level = 0; level < std::min(base, image->folders().size()); ++level) {
        if (names_split(image->folders()[level])) reading.only_split = image->folders()[level];
      }
    }
    if (!splits_given && reading.only_split == "all")
      reading.split_in_name = splits_in_names(tree, images);
    readings.push_back(reading);
  }
  if (levels.empty() && !splits_given && some_name_splits(images, base) == 1) {
    FolderStructure other;
    other.splits = {base};
    other.class_level = class_level(images, other.splits, base);
    readings.push_back(other);
    refuse_reading(tree, images, "one of the folders is named like a split", readings);
  }
  if (readings.size() > 1)
    refuse_reading(tree, images, "two levels of folders name splits", readings);

  const FolderStructure& reading = readings.front();
  std::size_t next = reading.class_level + 1;
  while (std::find(reading.splits.begin(), reading.splits.end(), next) != reading.splits.end())
    ++next;
  if (could_be_classes(images, reading.class_level, next)) {
    FolderStructure other = reading;
    other.class_level = next;
    if (!reading.splits.empty()) other.splits.push_back(reading.class_level);
    std::sort(other.splits.begin(), other.splits.end());
    FolderStructure as_split = other;
    as_split.splits = {reading.class_level};
    std::vector<FolderStructure> both{reading, other};
    if (reading.splits.empty() && !splits_given) both.push_back(as_split);
    refuse_reading(tree, images, "two levels of folders may name the classes", both);
  }
  if (!splits_given) refuse_unused_splits(tree, images, reading);
  refuse_modality_classes(tree, images, reading);
  return reading;
}

}  // namespace rod::dataset
