#include "dataset/folder_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

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

struct Marking {
  Word modality = Word::kOther;
  std::string_view pattern;  // of images with the same word at the same place, for --rgb-pattern
  std::string_view mark;     // the word that told
};

struct MarkedImage : Marking {
  FolderPair place;  // rgb: its path
  std::string_view extension;
};

// Few different texts, each stored once.
class Interned {
 public:
  explicit Interned(TextPool& texts) : texts_(texts) {}

  std::string_view operator()(std::string_view text) {
    const auto known = known_.find(text);
    return known == known_.end() ? *known_.insert(texts_.add(text)).first : *known;
  }

 private:
  TextPool& texts_;
  std::unordered_set<std::string_view> known_;
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

bool raise(Word word, const std::string& text, Interned& interned, Marking& image) {
  const auto rank = [](Word w) {
    return w == Word::kDepth ? 3 : w == Word::kMask ? 2 : w == Word::kRgb ? 1 : 0;
  };
  if (rank(word) <= rank(image.modality)) return false;
  image.modality = word;
  image.mark = interned(text);
  return true;
}

// The file's name without the words of modalities and the fillers beside them.
std::string plain_stem(std::string_view stem, const Marks& marks, Interned& interned,
                       Marking& image) {
  const auto tokens = name_tokens(stem);
  std::vector<bool> drop(tokens.size());
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    if (!is_marked(tokens[n].word, marks)) continue;
    drop[n] = true;
    std::size_t first = n, last = n;
    while (first > 0 && tokens[first - 1].word == Word::kFiller) drop[--first] = true;
    while (last + 1 < tokens.size() && tokens[last + 1].word == Word::kFiller) drop[++last] = true;
    if (!raise(tokens[n].word, lower_case(tokens[n].text), interned, image)) continue;
    const std::size_t end = tokens[last].at + tokens[last].text.size();
    const std::size_t begin = tokens[first].at;
    const bool separated = begin > 0 && std::string_view("-_. ").find(stem[begin - 1]) != stem.npos;
    image.pattern =
        interned(end == stem.size() && begin > 0
                     ? fmt::format("*{}", stem.substr(separated ? begin - 1 : begin))
                     : fmt::format("*/{}*", stem.substr(0, std::min(stem.size(), end + 1))));
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

// What the images of one folder have in common.
struct MarkedFolder : Marking {
  std::string_view path;  // with `/` at the end
  std::shared_ptr<const Folders> dirs;
};

// MarkedImages of a tree, one after another.
class ImageReader {
 public:
  // `root`: the number of upper folders that all have in common.
  ImageReader(std::size_t folder, std::size_t root, const Marks& marks, TextPool& texts)
      : from_(folder), root_(root), marks_(marks), texts_(texts), interned_(texts) {}

  MarkedImage read(std::string_view path) {
    const auto slash = path.rfind('/');
    const std::string_view folder = path.substr(0, slash == path.npos ? 0 : slash + 1);
    if (!folder_.dirs || folder != folder_.path) enter(folder);
    MarkedImage image;
    static_cast<Marking&>(image) = folder_;
    image.place.rgb = path;
    image.place.dirs = folder_.dirs;
    const std::string_view name = path.substr(folder.size());
    const auto dot = name.rfind('.');
    image.extension = interned_(lower_case(name.substr(dot)));
    const std::string_view stem = name.substr(0, dot);
    const std::string_view rest = without_folder(stem, *folder_.dirs);
    const std::string plain =
        marks_.files ? plain_stem(rest, marks_, interned_, image) : std::string(rest);
    std::string key;
    for (const std::string& dir : *folder_.dirs) key += dir + "/";
    // The repeated folder counts: `apple/apple_1.png` and `apple/1.png` are two images.
    key += stem.substr(0, stem.size() - rest.size());
    image.place.key = texts_.add(key + plain);
    image.place.stem = image.place.key.substr(key.size());
    return image;
  }

 private:
  void enter(std::string_view path) {
    folder_ = {};
    folder_.path = path;
    const Folders all = folders_of(path.substr(from_));
    Folders dirs;
    for (std::size_t level = 0; level < all.size(); ++level) {
      const FolderWords words = folder_words(all[level]);
      if (level < root_ || !marks_.files || !is_marked(words.modality, marks_)) {
        dirs.push_back(all[level]);
        continue;
      }
      if (raise(words.modality, lower_case(all[level]), interned_, folder_)) {
        folder_.pattern = interned_(fmt::format("{}{}/*", level > root_ ? "*/" : "", all[level]));
      }
      if (words.split) dirs.push_back(words.split_text);
    }
    folder_.dirs = std::make_shared<const Folders>(std::move(dirs));
  }

  const std::size_t from_, root_;
  const Marks marks_;
  TextPool& texts_;
  Interned interned_;
  MarkedFolder folder_;
};

using MarkedImages = std::vector<MarkedImage>;

void sort_by_key(MarkedImages& images) {
  std::sort(images.begin(), images.end(), [](const MarkedImage& a, const MarkedImage& b) {
    return std::pair(a.place.key, a.place.rgb) < std::pair(b.place.key, b.place.rgb);
  });
}

// MarkedImages of one key.
struct Group {
  std::string_view key;
  std::vector<const MarkedImage*> rgb, depth, masks;
};

// In the keys' order. Requires: sort_by_key() was called.
template <typename Visit>
void for_each_group(const MarkedImages& images, Visit visit) {
  Group group;
  for (std::size_t n = 0; n < images.size();) {
    group.key = images[n].place.key;
    for (auto* of : {&group.rgb, &group.depth, &group.masks}) of->clear();
    for (; n < images.size() && images[n].place.key == group.key; ++n) {
      (images[n].modality == Word::kDepth  ? group.depth
       : images[n].modality == Word::kMask ? group.masks
                                           : group.rgb)
          .push_back(&images[n]);
    }
    visit(group);
  }
}

std::string marks_of(const std::vector<const MarkedImage*>& images) {
  std::string text;
  for (const MarkedImage* image : images)
    text += fmt::format("{}{}", text.empty() ? "" : " and ", image->place.rgb);
  return text;
}

constexpr const char* kPatternFlags =
    "say which with --rgb-pattern and --depth-pattern, such as --rgb-pattern '*/rgb/*' "
    "--depth-pattern '*/depth/*', or --rgb-pattern '*' where all are RGB, --depth-pattern '*' "
    "where all are depth";

std::size_t stars(std::string_view pattern) {
  return static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '*'));
}

// The options that choose this pair; empty where no patterns tell it.
std::string flags_for(const MarkedImage& rgb, const MarkedImage* depth) {
  const std::string_view pattern = rgb.pattern.empty() ? "*" : rgb.pattern;
  if (depth == nullptr) return fmt::format("--rgb-pattern '{}'", pattern);
  if (stars(pattern) != stars(depth->pattern)) return "";
  return fmt::format("--rgb-pattern '{}' --depth-pattern '{}'", pattern, depth->pattern);
}

void refuse_two_readings(const Tree& tree, const MarkedImages& images) {
  for_each_group(images, [&](const Group& group) {
    if (group.depth.size() < 2 && group.rgb.size() < 2) return;
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
  });
}

// One pair of extensions that tells RGB from depth where each name comes with both: `.jpg` and
// `.png`.
int depth_rank(std::string_view extension) {
  if (extension == ".jpg" || extension == ".jpeg" || extension == ".webp") return 0;
  if (extension == ".png") return 1;
  if (extension == ".tif" || extension == ".tiff") return 2;
  if (extension == ".npy" || extension == ".exr") return 3;
  return -1;
}

// Whether every name comes with the same two extensions; then the images of the second one are
// depth.
bool mark_by_extension(MarkedImages& images) {
  std::set<std::string_view> extensions;
  for (const MarkedImage& image : images) extensions.insert(image.extension);
  if (extensions.size() != 2) return false;
  std::string_view rgb = *extensions.begin(), depth = *std::next(extensions.begin());
  if (depth_rank(rgb) > depth_rank(depth)) std::swap(rgb, depth);
  if (depth_rank(rgb) < 0 || depth_rank(rgb) == depth_rank(depth)) return false;
  std::size_t both = 0, groups = 0;
  for_each_group(images, [&](const Group& group) {
    ++groups;
    both += group.rgb.size() == 2;
  });
  if (both * 2 <= groups) return false;
  for (MarkedImage& image : images) {
    image.modality = image.extension == depth ? Word::kDepth : Word::kRgb;
    image.mark = image.extension;
  }
  return true;
}

std::string list_of(const std::set<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", word);
  return text;
}

std::string modality_text(const MarkedImages& images) {
  std::set<std::string_view> rgb, depth;
  for (const MarkedImage& image : images) {
    if (image.modality == Word::kDepth) depth.insert(image.mark);
    if (image.modality == Word::kRgb) rgb.insert(image.mark);
    if (image.modality == Word::kOther) rgb.insert("no such word");
  }
  return fmt::format("RGB by '{}', depth by '{}' in folders and names", list_of(rgb),
                     list_of(depth));
}

std::string unread(std::string_view path) {
  return fmt::format("is {}, an unsupported format", image_format_name(path));
}

// Throws BadInput for an image and a depth image that would be a pair but for the case or Unicode
// form of their names.
void refuse_twins(const Tree& tree, const MarkedImages& images) {
  std::map<std::string, const MarkedImage*> rgb;
  for_each_group(images, [&](const Group& group) {
    if (group.depth.empty() && !group.rgb.empty())
      rgb.emplace(archive::folded_path(group.key), group.rgb.front());
  });
  for_each_group(images, [&](const Group& group) {
    if (!group.rgb.empty() || group.depth.empty()) return;
    const auto twin = rgb.find(archive::folded_path(group.key));
    if (twin == rgb.end()) return;
    throw BadInput(fmt::format(
        "{}: {} and {} would be a pair, but differ in case or Unicode form (NFC, NFD); give both "
        "the same name, or say which images are pairs in a list (--layout list)",
        tree.name(), twin->second->place.rgb, group.depth.front()->place.rgb));
  });
}

FolderPairs with_depth(const Tree& tree, const MarkedImages& images) {
  FolderPairs result;
  result.has_depth = true;
  result.modality = modality_text(images);
  result.pairs.reserve(images.size() / 2);
  refuse_two_readings(tree, images);
  refuse_twins(tree, images);
  for_each_group(images, [&](const Group& group) {
    for (const MarkedImage* mask : group.masks)
      result.unpaired.emplace_back(mask->place, "is a mask");
    if (group.rgb.empty() || group.depth.empty()) {
      for (const MarkedImage* image : group.rgb)
        result.unpaired.emplace_back(image->place, "has no depth image");
      for (const MarkedImage* image : group.depth)
        result.unpaired.emplace_back(image->place, "has no RGB image");
      return;
    }
    FolderPair pair = group.rgb.front()->place;
    pair.depth = group.depth.front()->place.rgb;
    const bool rgb_read = image_extension(pair.rgb) > 0,
               depth_read = image_extension(pair.depth) > 0;
    if (rgb_read && depth_read) {
      result.pairs.push_back(std::move(pair));
      return;
    }
    result.unpaired.emplace_back(
        group.rgb.front()->place,
        rgb_read ? "has a depth image that " + unread(pair.depth) : unread(pair.rgb));
    result.unpaired.emplace_back(
        group.depth.front()->place,
        depth_read ? "has an RGB image that " + unread(pair.rgb) : unread(pair.depth));
  });
  return result;
}

// All but masks are of one kind, RGB or depth.
FolderPairs alone(const Tree& tree, const MarkedImages& images, bool depth) {
  FolderPairs result;
  result.modality = depth ? "no RGB: all images are depth" : "no depth: all images are RGB";
  result.pairs.reserve(images.size());
  refuse_two_readings(tree, images);
  for_each_group(images, [&](const Group& group) {
    for (const MarkedImage* mask : group.masks)
      result.unpaired.emplace_back(mask->place, "is a mask");
    for (const auto* of : {&group.rgb, &group.depth}) {
      for (const MarkedImage* image : *of) {
        if (image_extension(image->place.rgb) > 0) {
          result.pairs.push_back(image->place);
        } else {
          result.unpaired.emplace_back(image->place, unread(image->place.rgb));
        }
      }
    }
  });
  return result;
}

[[noreturn]] void refuse_depth_alone(const Tree& tree, const MarkedImages& images) {
  throw BadInput(fmt::format(
      "{}: all images are named like depth, such as {}, and none like RGB, so there is more than "
      "one reading:\n  a data set of depth alone: --depth-pattern '*'\n"
      "  all of them are RGB: --rgb-pattern '*'\nChoose one, or add the RGB images",
      tree.name(), images.front().place.rgb));
}

std::size_t count_of(const MarkedImages& images, Word modality) {
  return static_cast<std::size_t>(std::count_if(
      images.begin(), images.end(), [&](const MarkedImage& i) { return i.modality == modality; }));
}

}  // namespace

Folders folders_of(std::string_view path) {
  Folders dirs;
  for (std::size_t at = 0;;) {
    const auto slash = path.find('/', at);
    if (slash == path.npos) return dirs;
    dirs.emplace_back(path.substr(at, slash - at));
    at = slash + 1;
  }
}

PathFolders::PathFolders(const std::vector<std::string_view>& paths, std::size_t from) {
  of.reserve(paths.size());
  std::string_view last;
  for (const std::string_view path : paths) {
    const auto slash = path.rfind('/');
    const std::string_view folder = path.substr(0, slash == path.npos ? 0 : slash + 1);
    if (all.empty() || folder != last) all.push_back(folders_of(path.substr(from)));
    of.push_back(&all.back());
    last = folder;
  }
}

std::size_t common_levels(const std::vector<const Folders*>& all) {
  std::vector<const Folders*> dirs = all;
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
                        const std::vector<std::string_view>& paths, bool depth_alone) {
  std::size_t root = 0;
  Folders upper;  // that all have in common
  if (!paths.empty()) {
    const PathFolders folders(paths, folder.size());
    root = common_levels(folders.of);
    upper = **std::find_if(folders.of.begin(), folders.of.end(),
                           [&](const Folders* one) { return one->size() >= root; });
  }
  auto texts = std::make_shared<TextPool>();
  MarkedImages images;
  const auto read = [&](const Marks& marks) {
    images = {};
    images.reserve(paths.size());
    ImageReader reader(folder.size(), root, marks, *texts);
    for (const std::string_view path : paths) images.push_back(reader.read(path));
    sort_by_key(images);
  };
  const auto finished = [&](FolderPairs pairs) {
    pairs.texts = texts;
    return pairs;
  };

  read({true, true});
  // A mask is one beside an image of the same name; else the word is a part of other names.
  bool masks = false;
  for_each_group(images, [&](const Group& group) {
    masks = masks || (!group.masks.empty() && !group.rgb.empty());
  });
  if (!masks && count_of(images, Word::kMask) > 0) read({true, false});

  if (depth_alone) return finished(alone(tree, images, true));
  if (const std::size_t depth = count_of(images, Word::kDepth); depth > 0) {
    if (depth + count_of(images, Word::kMask) == images.size()) refuse_depth_alone(tree, images);
    FolderPairs result = with_depth(tree, images);
    std::size_t lonely = 0, unread_images = 0;
    std::string example;
    for (const auto& [image, reason] : result.unpaired) {
      unread_images += reason.find("format") != reason.npos;
      if (!reason.starts_with("has no")) continue;
      ++lonely;
      if (example.empty()) example = fmt::format("{} {}", image.rgb, reason);
    }
    if (lonely > result.pairs.size() && unread_images <= result.pairs.size()) {
      throw BadInput(fmt::format(
          "{}: {} of {} images are named like depth, and only {} pairs were found: {}; {}",
          tree.name(), format_count(depth), format_count(images.size()),
          format_count(result.pairs.size()), example, kPatternFlags));
    }
    return finished(std::move(result));
  }
  for (std::size_t level = 0; level < root; ++level) {
    if (folder_words(upper[level]).modality == Word::kDepth) {
      throw BadInput(
          fmt::format("{}: all images lie in '{}', which says depth, and there is no "
                      "RGB beside it; {}",
                      tree.name(), upper[level], kPatternFlags));
    }
  }
  if (!masks && count_of(images, Word::kRgb) < images.size()) read({false, false});
  if (mark_by_extension(images)) return finished(with_depth(tree, images));
  refuse_unknown_marks(tree, folder, paths, root);
  return finished(alone(tree, images, false));
}

}  // namespace rod::dataset
