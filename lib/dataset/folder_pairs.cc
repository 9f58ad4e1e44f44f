#include "dataset/folder_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "archive/safe_path.h"
#include "base/error.h"
#include "base/units.h"
#include "dataset/file_kind.h"
#include "dataset/name_pattern.h"
#include "dataset/name_words.h"

namespace rod::dataset {
namespace {

constexpr std::size_t kLooseShare = 4;  // one image in so many may lie beside the folders

// Which words are taken for modalities.
struct Marks {
  bool files = true, masks = true;
};

struct MarkedImage {
  FolderPair place;     // rgb: its path
  std::string pattern;  // of images with the same word at the same place, for --rgb-pattern
  Word modality = Word::kOther;
  std::string extension;
  std::string mark;  // the word that told
};

// The name behind a folder's name that it repeats: `apple_1_crop` in `apple/` is `1_crop`.
std::string_view without_folder(std::string_view stem, const std::vector<std::string>& dirs) {
  for (auto dir = dirs.rbegin(); dir != dirs.rend(); ++dir) {
    if (stem.size() <= dir->size() || dir->empty()) continue;
    const char next = stem[dir->size()];
    const bool ends = next == '_' || next == '-' || next == '.' || next == ' ';
    if (ends && lower_case(stem.substr(0, dir->size())) == lower_case(*dir))
      return stem.substr(dir->size() + 1);
  }
  return stem;
}

bool is_marked(Word word, const Marks& marks) {
  return word == Word::kRgb || word == Word::kDepth || (word == Word::kMask && marks.masks);
}

bool raise(Word word, const std::string& text, MarkedImage& image) {
  const auto rank = [](Word w) {
    return w == Word::kDepth ? 3 : w == Word::kMask ? 2 : w == Word::kRgb ? 1 : 0;
  };
  if (rank(word) <= rank(image.modality)) return false;
  image.modality = word;
  image.mark = text;
  return true;
}

// The file's name without the words of modalities and the fillers beside them.
std::string plain_stem(std::string_view stem, const Marks& marks, MarkedImage& image) {
  const auto tokens = name_tokens(stem);
  std::vector<bool> drop(tokens.size());
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    if (!is_marked(tokens[n].word, marks)) continue;
    drop[n] = true;
    std::size_t first = n, last = n;
    while (first > 0 && tokens[first - 1].word == Word::kFiller) drop[--first] = true;
    while (last + 1 < tokens.size() && tokens[last + 1].word == Word::kFiller) drop[++last] = true;
    if (!raise(tokens[n].word, lower_case(tokens[n].text), image)) continue;
    const std::size_t end = tokens[last].at + tokens[last].text.size();
    const std::size_t begin = tokens[first].at;
    const bool separated = begin > 0 && std::string_view("-_. ").find(stem[begin - 1]) != stem.npos;
    image.pattern = end == stem.size() && begin > 0
                        ? fmt::format("*{}", stem.substr(separated ? begin - 1 : begin))
                        : fmt::format("*/{}*", stem.substr(0, std::min(stem.size(), end + 1)));
  }
  std::string plain;
  std::size_t end = 0;
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    const std::size_t next = tokens[n].at + tokens[n].text.size();
    if (!drop[n]) {
      std::size_t from = tokens[n].at;
      if (!plain.empty()) from = n > 0 && drop[n - 1] ? std::max(end, from) : end;
      if (!plain.empty() && from == tokens[n].at) plain += '_';
      plain += stem.substr(from, next - from);
    }
    end = next;
  }
  return plain;
}

MarkedImage image_of(const std::string& path, std::size_t folder, std::size_t root,
                     const Marks& marks) {
  MarkedImage image;
  image.place.rgb = path;
  const std::string below = path.substr(folder);
  const auto dirs = folders_of(below);
  const std::string name = below.substr(below.rfind('/') + 1);
  const auto dot = name.rfind('.');
  image.extension = lower_case(name.substr(dot));
  for (std::size_t level = 0; level < dirs.size(); ++level) {
    const FolderWords words = folder_words(dirs[level]);
    if (level < root || !marks.files || !is_marked(words.modality, marks)) {
      image.place.dirs.push_back(dirs[level]);
      continue;
    }
    if (raise(words.modality, lower_case(dirs[level]), image))
      image.pattern = fmt::format("{}{}/*", level > root ? "*/" : "", dirs[level]);
    if (words.split) image.place.dirs.push_back(words.split_text);
  }
  const std::string_view stem = std::string_view(name).substr(0, dot);
  const std::string_view rest = without_folder(stem, image.place.dirs);
  image.place.stem = marks.files ? plain_stem(rest, marks, image) : std::string(rest);
  for (const std::string& dir : image.place.dirs) image.place.key += dir + "/";
  // The repeated folder counts: `apple/apple_1.png` and `apple/1.png` are two images.
  image.place.key += std::string(stem.substr(0, stem.size() - rest.size())) + image.place.stem;
  return image;
}

struct Group {
  std::vector<const MarkedImage*> rgb, depth, masks;
};

using Groups = std::map<std::string, Group>;

Groups groups_of(const std::vector<MarkedImage>& images) {
  Groups groups;
  for (const MarkedImage& image : images) {
    Group& group = groups[image.place.key];
    (image.modality == Word::kDepth  ? group.depth
     : image.modality == Word::kMask ? group.masks
                                     : group.rgb)
        .push_back(&image);
  }
  return groups;
}

std::string marks_of(const std::vector<const MarkedImage*>& images) {
  std::string text;
  for (const MarkedImage* image : images) text += (text.empty() ? "" : " and ") + image->place.rgb;
  return text;
}

constexpr const char* kPatternFlags =
    "say which with --rgb-pattern and --depth-pattern, such as --rgb-pattern '*/rgb/*' "
    "--depth-pattern '*/depth/*', or --rgb-pattern '*' where all are RGB, --depth-pattern '*' "
    "where "
    "all are depth";

std::size_t stars(const std::string& pattern) {
  return static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '*'));
}

// The options that choose this pair; empty where no patterns tell it.
std::string flags_for(const MarkedImage& rgb, const MarkedImage* depth) {
  const std::string pattern = rgb.pattern.empty() ? "*" : rgb.pattern;
  if (depth == nullptr) return fmt::format("--rgb-pattern '{}'", pattern);
  if (stars(pattern) != stars(depth->pattern)) return "";
  return fmt::format("--rgb-pattern '{}' --depth-pattern '{}'", pattern, depth->pattern);
}

void refuse_two_readings(const Tree& tree, const Groups& groups) {
  for (const auto& [key, group] : groups) {
    if (group.depth.size() < 2 && group.rgb.size() < 2) continue;
    const bool depths = group.depth.size() > 1;
    const auto& several = depths ? group.depth : group.rgb;
    std::string readings;
    for (const MarkedImage* one : several) {
      const MarkedImage* rgb = depths ? (group.rgb.empty() ? nullptr : group.rgb.front()) : one;
      const MarkedImage* depth = depths ? one : group.depth.empty() ? nullptr : group.depth.front();
      const std::string flags = rgb == nullptr ? "" : flags_for(*rgb, depth);
      readings += fmt::format("\n  {} is {}{}{}", one->place.rgb, depths ? "its depth" : "its RGB",
                              flags.empty() ? "" : ": ", flags);
    }
    throw BadInput(
        fmt::format("{}: both {} name one image, so there is more than one reading:{}\n"
                    "Choose with --rgb-pattern and --depth-pattern",
                    tree.name(), marks_of(several), readings));
  }
}

// One pair of extensions that tells RGB from depth where each name comes with both: `.jpg` and
// `.png`.
int depth_rank(const std::string& extension) {
  if (extension == ".jpg" || extension == ".jpeg" || extension == ".webp") return 0;
  if (extension == ".png") return 1;
  if (extension == ".tif" || extension == ".tiff") return 2;
  if (extension == ".npy" || extension == ".exr") return 3;
  return -1;
}

// Whether every name comes with the same two extensions; then the images of the second one are
// depth.
bool mark_by_extension(std::vector<MarkedImage>& images) {
  std::set<std::string> extensions;
  for (const MarkedImage& image : images) extensions.insert(image.extension);
  if (extensions.size() != 2) return false;
  std::string rgb = *extensions.begin(), depth = *std::next(extensions.begin());
  if (depth_rank(rgb) > depth_rank(depth)) std::swap(rgb, depth);
  if (depth_rank(rgb) < 0 || depth_rank(rgb) == depth_rank(depth)) return false;
  std::size_t both = 0;
  const Groups groups = groups_of(images);
  for (const auto& [key, group] : groups) both += group.rgb.size() == 2;
  if (both * 2 <= groups.size()) return false;
  for (MarkedImage& image : images) {
    image.modality = image.extension == depth ? Word::kDepth : Word::kRgb;
    image.mark = image.extension;
  }
  return true;
}

std::string list_of(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string modality_text(const std::vector<MarkedImage>& images) {
  std::set<std::string> rgb, depth;
  for (const MarkedImage& image : images) {
    if (image.modality == Word::kDepth) depth.insert(image.mark);
    if (image.modality == Word::kRgb) rgb.insert(image.mark);
    if (image.modality == Word::kOther) rgb.insert("no such word");
  }
  return fmt::format("RGB by '{}', depth by '{}' in folders and names", list_of(rgb),
                     list_of(depth));
}

std::string unread(const std::string& path) {
  return fmt::format("is {}, a format that is not read", image_format_name(path));
}

// Throws BadInput for an image and a depth image that would be a pair but for the case or Unicode
// form of their names.
void refuse_twins(const Tree& tree, const Groups& groups) {
  std::map<std::string, const MarkedImage*> rgb;
  for (const auto& [key, group] : groups) {
    if (group.depth.empty() && !group.rgb.empty())
      rgb.emplace(archive::folded_path(key), group.rgb.front());
  }
  for (const auto& [key, group] : groups) {
    if (!group.rgb.empty() || group.depth.empty()) continue;
    const auto twin = rgb.find(archive::folded_path(key));
    if (twin == rgb.end()) continue;
    throw BadInput(fmt::format(
        "{}: {} and {} would be a pair, but differ in case or Unicode form (NFC, NFD); give both "
        "the same name, or say which images are pairs in a list (--layout list)",
        tree.name(), twin->second->place.rgb, group.depth.front()->place.rgb));
  }
}

FolderPairs with_depth(const Tree& tree, const std::vector<MarkedImage>& images) {
  FolderPairs result;
  result.has_depth = true;
  const Groups groups = groups_of(images);
  refuse_two_readings(tree, groups);
  refuse_twins(tree, groups);
  for (const auto& [key, group] : groups) {
    for (const MarkedImage* mask : group.masks)
      result.unpaired.emplace_back(mask->place, "is a mask");
    if (group.rgb.empty() || group.depth.empty()) {
      for (const MarkedImage* image : group.rgb)
        result.unpaired.emplace_back(image->place, "has no depth image");
      for (const MarkedImage* image : group.depth)
        result.unpaired.emplace_back(image->place, "has no RGB image");
      continue;
    }
    FolderPair pair = group.rgb.front()->place;
    pair.depth = group.depth.front()->place.rgb;
    const bool rgb_read = image_extension(pair.rgb) > 0,
               depth_read = image_extension(pair.depth) > 0;
    if (rgb_read && depth_read) {
      result.pairs.push_back(std::move(pair));
      continue;
    }
    result.unpaired.emplace_back(
        group.rgb.front()->place,
        rgb_read ? "has a depth image that " + unread(pair.depth) : unread(pair.rgb));
    result.unpaired.emplace_back(
        group.depth.front()->place,
        depth_read ? "has an RGB image that " + unread(pair.rgb) : unread(pair.depth));
  }
  return result;
}

// All but masks are of one kind, RGB or depth.
FolderPairs alone(const Tree& tree, const std::vector<MarkedImage>& images, bool depth) {
  FolderPairs result;
  result.depth_alone = depth;
  result.modality =
      depth ? "no RGB: all images are named like depth" : "no depth: all images are RGB";
  const Groups groups = groups_of(images);
  refuse_two_readings(tree, groups);
  for (const auto& [key, group] : groups) {
    for (const MarkedImage* mask : group.masks)
      result.unpaired.emplace_back(mask->place, "is a mask");
    for (const MarkedImage* image : depth ? group.depth : group.rgb) {
      if (image_extension(image->place.rgb) > 0) {
        result.pairs.push_back(image->place);
      } else {
        result.unpaired.emplace_back(image->place, unread(image->place.rgb));
      }
    }
  }
  return result;
}

std::size_t count_of(const std::vector<MarkedImage>& images, Word modality) {
  return static_cast<std::size_t>(std::count_if(
      images.begin(), images.end(), [&](const MarkedImage& i) { return i.modality == modality; }));
}

}  // namespace

std::vector<std::string> folders_of(std::string_view path) {
  std::vector<std::string> dirs;
  for (std::size_t at = 0;;) {
    const auto slash = path.find('/', at);
    if (slash == path.npos) return dirs;
    dirs.emplace_back(path.substr(at, slash - at));
    at = slash + 1;
  }
}

std::size_t common_levels(const std::vector<const std::vector<std::string>*>& all) {
  std::vector<const std::vector<std::string>*> dirs = all;
  for (std::size_t level = 0;; ++level) {
    const auto deeper =
        std::partition(dirs.begin(), dirs.end(), [&](const auto* d) { return d->size() > level; });
    const auto loose = static_cast<std::size_t>(dirs.end() - deeper);
    dirs.erase(deeper, dirs.end());
    if (dirs.empty() || loose * kLooseShare > dirs.size()) return level;
    const std::string& first = (*dirs.front())[level];
    if (std::any_of(dirs.begin(), dirs.end(), [&](const auto* d) { return (*d)[level] != first; }))
      return level;
  }
}

FolderPairs pair_images(const Tree& tree, const std::string& folder,
                        const std::vector<std::string>& paths) {
  std::vector<std::vector<std::string>> dirs;
  for (const std::string& path : paths) dirs.push_back(folders_of(path.substr(folder.size())));
  std::vector<const std::vector<std::string>*> views;
  for (const auto& one : dirs) views.push_back(&one);
  const std::size_t root = common_levels(views);
  const auto read = [&](const Marks& marks) {
    std::vector<MarkedImage> images;
    for (const std::string& path : paths)
      images.push_back(image_of(path, folder.size(), root, marks));
    return images;
  };

  std::vector<MarkedImage> images = read({true, true});
  // A mask is one beside an image of the same name; else the word is a part of other names.
  const Groups groups = groups_of(images);
  const bool masks = std::any_of(groups.begin(), groups.end(), [](const auto& group) {
    return !group.second.masks.empty() && !group.second.rgb.empty();
  });
  if (!masks && count_of(images, Word::kMask) > 0) images = read({true, false});

  if (const std::size_t depth = count_of(images, Word::kDepth); depth > 0) {
    if (depth + count_of(images, Word::kMask) == images.size()) return alone(tree, images, true);
    FolderPairs result = with_depth(tree, images);
    result.modality = modality_text(images);
    std::size_t lonely = 0, unread_images = 0;
    std::string example;
    for (const auto& [image, reason] : result.unpaired) {
      unread_images += reason.find("format") != reason.npos;
      if (!reason.starts_with("has no")) continue;
      ++lonely;
      if (example.empty()) example = image.rgb + " " + reason;
    }
    if (lonely > result.pairs.size() && unread_images <= result.pairs.size()) {
      throw BadInput(fmt::format(
          "{}: {} of {} images are named like depth, and only {} pairs were found: {}; {}",
          tree.name(), format_count(depth), format_count(images.size()),
          format_count(result.pairs.size()), example, kPatternFlags));
    }
    return result;
  }
  for (std::size_t level = 0; level < root; ++level) {
    if (folder_words(dirs.front()[level]).modality == Word::kDepth) {
      throw BadInput(
          fmt::format("{}: all images lie in '{}', which says depth, and there is no "
                      "RGB beside it; {}",
                      tree.name(), dirs.front()[level], kPatternFlags));
    }
  }
  if (!masks && count_of(images, Word::kRgb) < images.size()) images = read({false, false});
  if (mark_by_extension(images)) {
    FolderPairs result = with_depth(tree, images);
    result.modality = modality_text(images);
    return result;
  }
  refuse_unknown_marks(tree, folder, paths, root);
  return alone(tree, images, false);
}

}  // namespace rod::dataset
