#include "archive/safe_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "archive/fold_tables.h"
#include "base/utf8.h"

namespace rod::archive {
namespace {

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The components of a path, one call after another.
std::string_view take_component(std::string_view& rest) {
  const auto end = std::min(rest.find('/'), rest.size());
  const std::string_view component = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return component;
}

std::optional<std::string> why_not_text(std::string_view text) {
  while (!text.empty()) {
    const char first = text.front();
    if (first >= ' ' && first < 0x7F && first != '\\') {  // nearly all there is
      text.remove_prefix(1);
      continue;
    }
    const auto c = take_code_point(text);
    if (!c) return "its name is not valid UTF-8";
    if (is_control(*c)) return "its name contains a control character";
    if (*c == U'\\') return "its name contains a backslash";
  }
  return std::nullopt;
}

}  // namespace

std::string normal_path(std::string_view path) {
  std::string normal = !path.empty() && path.front() == '/' ? "/" : "";
  while (!path.empty()) {
    const std::string_view component = take_component(path);
    if (component.empty() || component == ".") continue;
    if (!normal.empty() && normal.back() != '/') normal += '/';
    normal += component;
  }
  return normal;
}

std::optional<std::string> why_unsafe(std::string_view path, const PathLimits& limits) {
  if (path.empty()) return "its name is empty";
  if (path.front() == '/') return "its path is absolute";
  if (path.size() >= 2 && is_letter(path[0]) && path[1] == ':')
    return "its path starts with a drive letter";
  if (path.size() > limits.max_bytes) {
    return fmt::format("its path has {} bytes, at most {} are accepted", path.size(),
                       limits.max_bytes);
  }
  if (auto why = why_not_text(path)) return why;
  std::size_t depth = 0;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view component = take_component(rest);
    if (component == "..") return "its path leads to a parent folder by '..'";
    if (component.size() > limits.max_component) {
      return fmt::format("a name in its path has {} bytes, at most {} are accepted",
                         component.size(), limits.max_component);
    }
    ++depth;
  }
  if (depth > limits.max_depth) {
    return fmt::format("its path is {} folders deep, at most {} are accepted", depth,
                       limits.max_depth);
  }
  return std::nullopt;
}

std::string printable_path(std::string_view path, std::size_t max_bytes) {
  std::string shown;
  while (!path.empty() && shown.size() < max_bytes) {
    const std::string_view before = path;
    const auto c = take_code_point(path);
    if (c && !is_control(*c)) {
      shown += before.substr(0, before.size() - path.size());
      continue;
    }
    if (!c) path.remove_prefix(1);
    for (const char byte : before.substr(0, before.size() - path.size())) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  if (!path.empty()) shown += fmt::format("… ({} more bytes)", path.size());
  return shown;
}

namespace {

char32_t lower_case(char32_t c) {
  if (c < 0x80) return c >= U'A' && c <= U'Z' ? c + 32 : c;
  const auto range =
      std::lower_bound(std::begin(kCaseRanges), std::end(kCaseRanges), c,
                       [](const CaseRange& r, char32_t value) { return r.last < value; });
  if (range == std::end(kCaseRanges) || c < range->first || (c - range->first) % range->step != 0)
    return c;
  return static_cast<char32_t>(static_cast<std::int32_t>(c) + range->delta);
}

// The Unicode Standard, section 3.12: a Hangul syllable is two or three jamo.
void append_syllable(std::string& out, char32_t c) {
  const char32_t index = c - 0xAC00;
  append_utf8(out, 0x1100 + index / 588);
  append_utf8(out, 0x1161 + index % 588 / 28);
  if (index % 28 != 0) append_utf8(out, 0x11A7 + index % 28);
}

void append_folded(std::string& out, char32_t c) {
  if (c < 0x80) return append_utf8(out, lower_case(c));
  if (c >= 0xAC00 && c < 0xAC00 + 11172) return append_syllable(out, c);
  const auto found =
      std::lower_bound(std::begin(kDecompositions), std::end(kDecompositions), c,
                       [](const Decomposition& d, char32_t value) { return d.composed < value; });
  if (found == std::end(kDecompositions) || found->composed != c)
    return append_utf8(out, lower_case(c));
  append_folded(out, found->base);
  if (found->mark != 0) append_folded(out, found->mark);
}

}  // namespace

std::string folded_path(std::string_view path) {
  std::string folded;
  folded.reserve(path.size());
  while (!path.empty()) {
    const char first = path.front();
    if (static_cast<unsigned char>(first) < 0x80) {  // nearly all there is
      folded += static_cast<char>(lower_case(static_cast<unsigned char>(first)));
      path.remove_prefix(1);
    } else if (const auto c = take_code_point(path)) {
      append_folded(folded, *c);
    } else {
      folded += first;
      path.remove_prefix(1);
    }
  }
  return folded;
}

}  // namespace rod::archive
