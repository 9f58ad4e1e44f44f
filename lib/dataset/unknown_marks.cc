#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "dataset/folder_pairs.h"
#include "dataset/name_words.h"

namespace rod::dataset {
namespace {

constexpr std::size_t kFewest = 4;       // images that can show a habit
constexpr std::size_t kMostTokens = 12;  // of a path; longer ones are sentences
constexpr double kNearlyAll = 0.9;

// A folder or a word of the file's name.
struct Piece {
  std::string text;  // in lower case; of folders with `/`
  std::string pattern;
};

using Pieces = std::vector<Piece>;

std::string pattern_of(const std::string& stem, const NameToken& token,
                       const std::string& extension) {
  const std::size_t end = token.at + token.text.size();
  if (end == stem.size() && token.at > 0)
    return fmt::format("*{}{}", stem.substr(token.at - 1), extension);
  if (token.at == 0 && end < stem.size()) return fmt::format("*/{}*", stem.substr(0, end + 1));
  return "";
}

Pieces pieces_of(std::string_view path, std::size_t folder, std::size_t root) {
  Pieces pieces;
  const std::string below(path.substr(folder));
  const auto dirs = folders_of(below);
  for (std::size_t level = root; level < dirs.size(); ++level)
    pieces.push_back({lower_case(dirs[level]) + "/",
                      fmt::format("{}{}/*", level > root ? "*/" : "", dirs[level])});
  const std::string name = below.substr(below.rfind('/') + 1);
  const std::string stem = name.substr(0, name.rfind('.'));
  for (const NameToken& token : name_tokens(stem))
    pieces.push_back(
        {lower_case(token.text), pattern_of(stem, token, name.substr(name.rfind('.')))});
  if (pieces.size() > kMostTokens) pieces.resize(kMostTokens);
  return pieces;
}

bool has_letter(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < '0' || c > '9'; });
}

// The path with the piece taken out.
std::string without(const Pieces& pieces, std::size_t left_out) {
  std::string key;
  for (std::size_t n = 0; n < pieces.size(); ++n) {
    if (n != left_out) key += pieces[n].text + "_";
  }
  return key;
}

bool is_split_word(const std::string& text) {
  const auto tokens = name_tokens(text);
  return tokens.size() == 1 && tokens.front().word == Word::kSplit;
}

// Words of splits don't. Folders are classes, unless one of the two says that its images are RGB.
bool may_mark(const std::string& one, const std::string& other) {
  if (is_split_word(one) || is_split_word(other)) return false;
  const auto is_folder = [](const std::string& text) { return text.ends_with('/'); };
  if (!is_folder(one) && !is_folder(other)) return true;
  const auto says_rgb = [](const std::string& text) {
    return folder_words(text.substr(0, text.size() - 1)).modality == Word::kRgb;
  };
  return is_folder(one) && is_folder(other) && (says_rgb(one) || says_rgb(other));
}

struct Reading {
  std::string_view rgb, depth;  // paths of one pair
  std::string rgb_pattern, depth_pattern;
};

// Pairs of an image with `mark`, which half of the images have, and one that has another word at
// that place, or none. Nothing where they are not nearly all.
std::optional<Reading> reading_with(const std::vector<std::string_view>& images,
                                    const std::vector<Pieces>& all, const std::string& mark) {
  struct Marked {
    std::size_t image, piece;
  };
  const auto find_mark = [&](const Pieces& pieces) {
    const auto at = std::find_if(pieces.begin(), pieces.end(),
                                 [&](const Piece& piece) { return piece.text == mark; });
    return static_cast<std::size_t>(at - pieces.begin());
  };
  std::unordered_map<std::string, Marked> marked;
  for (std::size_t n = 0; n < all.size(); ++n) {
    const std::size_t piece = find_mark(all[n]);
    if (piece < all[n].size()) marked.emplace(without(all[n], piece), Marked{n, piece});
  }
  struct Partners {
    std::size_t count = 0;
    Reading example;
  };
  std::map<std::string, Partners> partners;  // by their word; "" is none
  const auto note = [&](std::size_t image, const Marked& partner, const Piece& piece) {
    if (!may_mark(mark, piece.text)) return;
    Partners& same = partners[piece.text];
    if (same.count++ > 0) return;
    same.example = {images[image], images[partner.image], piece.pattern,
                    all[partner.image][partner.piece].pattern};
  };
  for (std::size_t n = 0; n < all.size(); ++n) {
    if (find_mark(all[n]) < all[n].size()) continue;
    if (const auto bare = marked.find(without(all[n], all[n].size())); bare != marked.end())
      note(n, bare->second, {"", fmt::format("*{}", images[n].substr(images[n].rfind('.')))});
    for (std::size_t piece = 0; piece < all[n].size(); ++piece) {
      if (!has_letter(all[n][piece].text)) continue;
      const auto other = marked.find(without(all[n], piece));
      if (other != marked.end() && other->second.piece == piece)
        note(n, other->second, all[n][piece]);
    }
  }
  for (const auto& [word, same] : partners) {
    if (2.0 * static_cast<double>(same.count) >= kNearlyAll * static_cast<double>(images.size()))
      return same.example;
  }
  return std::nullopt;
}

}  // namespace

void refuse_unknown_marks(const Tree& tree, const std::string& folder,
                          const std::vector<std::string_view>& images, std::size_t root) {
  if (images.size() < kFewest) return;
  std::map<std::string, std::size_t> counts;
  for (const std::string_view image : images) {
    std::vector<std::string> texts;
    for (const Piece& piece : pieces_of(image, folder.size(), root)) texts.push_back(piece.text);
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    for (const std::string& text : texts) ++counts[text];
  }
  std::vector<Pieces> all;  // made where a mark asks for them
  const auto half = static_cast<double>(images.size()) / 2;
  for (const auto& [mark, count] : counts) {
    const auto times = static_cast<double>(count);
    if (!has_letter(mark) || times < half * kNearlyAll || times > half * (2 - kNearlyAll)) continue;
    for (std::size_t n = all.size(); n < images.size(); ++n)
      all.push_back(pieces_of(images[n], folder.size(), root));
    auto reading = reading_with(images, all, mark);
    if (!reading) continue;
    // What begins like "depth" or "disparity" is the depth of the two.
    const auto says_depth = [](const std::string& pattern) {
      const auto letter = pattern.find_first_not_of("*/_-. ");
      return letter != pattern.npos && (pattern[letter] == 'd' || pattern[letter] == 'D');
    };
    if (says_depth(reading->rgb_pattern) && !says_depth(reading->depth_pattern)) {
      std::swap(reading->rgb_pattern, reading->depth_pattern);
      std::swap(reading->rgb, reading->depth);
    }
    const std::string alone =
        reading->rgb_pattern.starts_with("*.") || reading->depth_pattern.starts_with("*.")
            ? ""
            : fmt::format("  RGB, and what is not to be taken: --rgb-pattern '{}'\n",
                          reading->rgb_pattern);
    throw BadInput(fmt::format(
        "{}: each image has a partner whose path differs in one word, such as {} and {}, so there "
        "is more than one reading:\n"
        "  RGB with depth, or the other way round: --rgb-pattern '{}' --depth-pattern '{}'\n{}"
        "  all of them are RGB: --rgb-pattern '*'",
        tree.name(), reading->rgb, reading->depth, reading->rgb_pattern, reading->depth_pattern,
        alone));
  }
}

}  // namespace rod::dataset
