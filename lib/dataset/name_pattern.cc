#include "dataset/name_pattern.h"

#include <algorithm>
#include <cctype>

namespace rod::dataset {
namespace {

bool match_from(std::string_view pattern, std::string_view text, NamePattern::Words& words) {
  const auto star = pattern.find('*');
  if (star == pattern.npos) return pattern == text;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  text.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  if (pattern.find('*') == pattern.npos) {  // the last star: only one length can fit
    if (text.size() <= pattern.size() || !text.ends_with(pattern)) return false;
    words.emplace_back(text.substr(0, text.size() - pattern.size()));
    return true;
  }
  for (std::size_t length = 1; length <= text.size(); ++length) {
    words.emplace_back(text.substr(0, length));
    if (match_from(pattern, text.substr(length), words)) return true;
    words.pop_back();
  }
  return false;
}

}  // namespace

std::size_t image_extension(std::string_view path) {
  for (const std::string_view extension : kImageExtensions) {
    if (path.size() <= extension.size()) continue;
    const std::string_view end = path.substr(path.size() - extension.size());
    if (std::equal(end.begin(), end.end(), extension.begin(),
                   [](unsigned char a, char b) { return std::tolower(a) == b; })) {
      return extension.size();
    }
  }
  return 0;
}

std::size_t NamePattern::stars() const {
  return static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '*'));
}

std::optional<NamePattern::Words> NamePattern::match(std::string_view path) const {
  const std::size_t extension = image_extension(path);
  if (extension == 0) return std::nullopt;
  if (image_extension(text_) == 0) path.remove_suffix(extension);
  Words words;
  if (!match_from(text_, path, words)) return std::nullopt;
  return words;
}

std::string NamePattern::fill(const Words& words, std::string_view extension) const {
  std::string path;
  auto word = words.begin();
  for (const char c : text_) {
    if (c == '*') {
      path += *word++;
    } else {
      path += c;
    }
  }
  if (image_extension(text_) == 0) path += extension;
  return path;
}

std::optional<std::string> NamePattern::class_of(const Words& words) const {
  const auto star = text_.find('*');
  if (star > 0 && text_[star - 1] != '/') return std::nullopt;
  const std::string& first = words.front();
  if (const auto slash = first.find('/'); slash != first.npos) return first.substr(0, slash);
  if (text_.substr(star + 1, 1) == "/") return first;
  return std::nullopt;
}

}  // namespace rod::dataset
