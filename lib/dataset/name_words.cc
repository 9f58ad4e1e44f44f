#include "dataset/name_words.h"

#include <algorithm>
#include <cctype>

namespace rod::dataset {
namespace {

struct Known {
  std::string_view text;
  Word word;
};

constexpr Known kKnown[] = {
    {"train", Word::kSplit},
    {"training", Word::kSplit},
    {"val", Word::kSplit},
    {"valid", Word::kSplit},
    {"validation", Word::kSplit},
    {"dev", Word::kSplit},
    {"test", Word::kSplit},
    {"testing", Word::kSplit},
    {"eval", Word::kSplit},
    {"rgb", Word::kRgb},
    {"color", Word::kRgb},
    {"colour", Word::kRgb},
    {"colors", Word::kRgb},
    {"colours", Word::kRgb},
    {"image", Word::kRgb},
    {"images", Word::kRgb},
    {"img", Word::kRgb},
    {"imgs", Word::kRgb},
    {"crop", Word::kRgb},
    {"depth", Word::kDepth},
    {"depths", Word::kDepth},
    {"surfnorm", Word::kDepth},
    {"normals", Word::kDepth},
    {"depthcrop", Word::kDepth},
    {"mask", Word::kMask},
    {"masks", Word::kMask},
    {"maskcrop", Word::kMask},
    {"segmentation", Word::kMask},
    {"segmentations", Word::kMask},
    {"aligned", Word::kFiller},
    {"raw", Word::kFiller},
    {"map", Word::kFiller},
    {"maps", Word::kFiller},
    {"set", Word::kFiller},
    {"data", Word::kFiller},
    {"split", Word::kFiller},
    {"frames", Word::kFiller},
    {"png", Word::kFiller},
    {"jpg", Word::kFiller},
    {"registered", Word::kFiller},
    {"bit", Word::kFiller},
};

Word word_of(const std::string& text) {
  if (std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); }))
    return Word::kNumber;
  const std::string small = lower_case(text);
  for (const Known& known : kKnown) {
    if (small == known.text) return known.word;
  }
  return Word::kOther;
}

bool parts_names(char c) {
  return c == '-' || c == '_' || c == '.' || c == ' ';
}

bool is_digit(char c) {
  return '0' <= c && c <= '9';
}

bool is_upper(char c) {
  return 'A' <= c && c <= 'Z';
}

bool is_lower(char c) {
  return 'a' <= c && c <= 'z';
}

// Whether a word begins at `at` by its capitals: at I of `colorImage` and of `RGBImage`.
bool begins_by_case(std::string_view name, std::size_t at) {
  if (!is_upper(name[at])) return false;
  return is_lower(name[at - 1]) ||
         (is_upper(name[at - 1]) && at + 1 < name.size() && is_lower(name[at + 1]));
}

// Where the second of two known words begins that make up all of the text: at i of `depthimage`.
std::size_t second_word(const std::string& text) {
  const std::string small = lower_case(text);
  for (const Known& known : kKnown) {
    if (small.size() == known.text.size() || !small.starts_with(known.text)) continue;
    if (word_of(small.substr(known.text.size())) != Word::kOther) return known.text.size();
  }
  return 0;
}

void add_token(std::vector<NameToken>& tokens, std::string text, std::size_t at) {
  const Word word = word_of(text);
  if (const std::size_t second = word == Word::kOther ? second_word(text) : 0; second > 0) {
    add_token(tokens, text.substr(0, second), at);
    add_token(tokens, text.substr(second), at + second);
    return;
  }
  tokens.push_back({std::move(text), at, word});
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if ('A' <= c && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

std::vector<NameToken> name_tokens(std::string_view name) {
  std::vector<NameToken> tokens;
  for (std::size_t at = 0; at < name.size();) {
    if (parts_names(name[at])) {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (end < name.size() && !parts_names(name[end]) &&
           is_digit(name[end]) == is_digit(name[at]))
      ++end;
    const std::string_view run = name.substr(at, end - at);
    const bool known = word_of(std::string(run)) != Word::kOther;
    std::size_t from = 0;
    for (std::size_t to = 1; to < run.size(); ++to) {
      if (known || !begins_by_case(run, to)) continue;
      add_token(tokens, std::string(run.substr(from, to - from)), at + from);
      from = to;
    }
    add_token(tokens, std::string(run.substr(from)), at + from);
    at = end;
  }
  return tokens;
}

FolderWords folder_words(std::string_view name) {
  FolderWords words;
  bool rgb = false, depth = false, mask = false, image = false;
  std::size_t splits = 0;
  for (const NameToken& token : name_tokens(name)) {
    switch (token.word) {
      case Word::kOther:
        return {};
      case Word::kSplit:
        words.split_text = token.text;
        ++splits;
        break;
      case Word::kRgb: {
        const std::string text = lower_case(token.text);
        (text.starts_with("im") || text == "crop" ? image : rgb) = true;
        break;
      }
      case Word::kDepth:
        depth = true;
        break;
      case Word::kMask:
        mask = true;
        break;
      case Word::kNumber:
      case Word::kFiller:
        break;
    }
  }
  if (splits > 1 || int(rgb) + int(depth) + int(mask) > 1) return {};
  words.split = splits == 1;
  words.modality = depth          ? Word::kDepth
                   : mask         ? Word::kMask
                   : rgb || image ? Word::kRgb
                                  : Word::kOther;
  if (words.split && words.modality == Word::kOther) words.split_text = std::string(name);
  return words;
}

bool is_named_depth(std::string_view path) {
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (end < path.size()) {
      if (folder_words(part).modality == Word::kDepth) return true;
    } else {
      const auto tokens = name_tokens(part.substr(0, part.rfind('.')));
      return std::any_of(tokens.begin(), tokens.end(),
                         [](const NameToken& token) { return token.word == Word::kDepth; });
    }
    at = end + 1;
  }
  return false;
}

std::string split_affix(std::string_view name, std::string& rest) {
  const auto tokens = name_tokens(name);
  if (tokens.size() < 2) return "";
  const NameToken &first = tokens.front(), &last = tokens.back();
  if (last.word == Word::kSplit && last.at > 0 && parts_names(name[last.at - 1])) {
    rest = std::string(name.substr(0, last.at - 1));
    return last.text;
  }
  const std::size_t after = first.text.size();
  if (first.word == Word::kSplit && first.at == 0 && parts_names(name[after])) {
    rest = std::string(name.substr(after + 1));
    return first.text;
  }
  return "";
}

}  // namespace rod::dataset
