#include "dataset/split_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/error.h"
#include "dataset/list_text.h"

namespace rod::dataset {
namespace {

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (auto at = line.find_first_not_of(kListBlanks); at != line.npos;) {
    const auto end = std::min(line.find_first_of(kListBlanks, at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kListBlanks, end);
  }
  return fields;
}

}  // namespace

const char* why_bad_path(std::string_view path) {
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "has a control character";
    if (c == '\\') return "has a backslash; write `/`";
  }
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    const std::string_view component = path.substr(at, end - at);
    if (component.empty())
      return at == 0 ? "is absolute; write it relative" : "has an empty component";
    if (component == "." || component == "..") return "has a `.` or `..` component";
    at = end + 1;
  }
  return nullptr;
}

std::optional<std::int64_t> parse_label(std::string_view text) {
  std::int64_t label = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), label);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (label < 0 || label > kMaxLabel) return std::nullopt;
  return label;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 80;
  return std::string(text.substr(0, kMost)) + (text.size() > kMost ? "…" : "");
}

std::vector<ListedSample> parse_split_list(std::string_view text, const std::string& list_name) {
  std::vector<ListedSample> samples;
  for_each_list_line(text, [&](std::string_view line, std::uint64_t number) {
    const auto fields = fields_of(line);
    const auto fail = [&](const std::string& what) {
      throw BadInput(fmt::format("{}:{}: {}", list_name, number + 1, what));
    };
    if (fields.size() != 2) {
      fail(fmt::format("expected `path label`, found {} field{} in '{}'", fields.size(),
                       fields.size() == 1 ? "" : "s", shown(line)));
    }
    if (const char* why = why_bad_path(fields[0])) {
      fail(fmt::format("the path '{}' {}", shown(fields[0]), why));
    }
    const auto label = parse_label(fields[1]);
    if (!label) {
      fail(fmt::format("expected a label in 0..{}, found '{}'", kMaxLabel, shown(fields[1])));
    }
    samples.push_back({std::string(fields[0]), *label, number});
  });
  return samples;
}

namespace {

constexpr std::string_view kStars = "***";
constexpr std::string_view kMarks = "???";

std::string with_words(std::string_view path, std::string_view stars, std::string_view marks) {
  std::string words;
  words.reserve(path.size() + stars.size() + marks.size());
  for (std::size_t at = 0; at < path.size();) {
    if (path.substr(at, kStars.size()) == kStars) {
      words += stars;
      at += kStars.size();
    } else if (path.substr(at, kMarks.size()) == kMarks) {
      words += marks;
      at += kMarks.size();
    } else {
      words += path[at++];
    }
  }
  return words;
}

}  // namespace

std::optional<PairForm> pair_form(std::string_view path) {
  const auto stars = path.find(kStars);
  if (stars == path.npos) return std::nullopt;
  const bool whole =
      (stars == 0 || path[stars - 1] == '/') && path.substr(stars + kStars.size(), 1) == "/";
  return whole ? PairForm::kFolder : PairForm::kName;
}

PairPath pair_path(std::string_view path, PairForm form) {
  const bool name = form == PairForm::kName;
  return {with_words(path, name ? "crop" : "rgb", "rgb"),
          with_words(path, name ? "depthcrop" : "depth", "surfnorm")};
}

namespace {

constexpr std::size_t kLongest = 64;

bool allowed(unsigned char c) {
  return c < 0x80 && (std::isalnum(c) || c == '-' || c == '_' || c == '.');
}

}  // namespace

void check_split_name_option(const std::string& name) {
  const bool safe = !name.empty() && name.size() <= kLongest && name.front() != '.' &&
                    std::all_of(name.begin(), name.end(), allowed);
  if (safe) return;
  throw Error(
      ErrorKind::kUsage,
      fmt::format(
          "--split '{}': a split's name has 1 to {} letters, digits, `-`, `_` and inner `.`", name,
          kLongest));
}

std::string split_name_from(std::string_view text) {
  std::string name(text.substr(0, kLongest));
  for (char& c : name) {
    if (!allowed(static_cast<unsigned char>(c))) c = '-';
  }
  if (name.empty() || name.front() == '.') name.insert(name.begin(), 'x');
  return name.substr(0, kLongest);
}

}  // namespace rod::dataset
