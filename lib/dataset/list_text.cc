#include "dataset/list_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/error.h"
#include "base/utf8.h"
#include "dataset/name_words.h"

namespace rod::dataset {
namespace {

using namespace std::string_view_literals;

std::string from_utf16(std::string_view bytes, bool big, const std::string& name) {
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<std::uint32_t>(big ? first << 8 | second : second << 8 | first);
  };
  const auto refuse = [&](std::size_t at) {
    throw BadInput(fmt::format("{}: is damaged UTF-16 at byte {}; save it as UTF-8", name, at));
  };
  if (bytes.size() % 2 != 0) refuse(bytes.size() - 1);
  std::string text;
  for (std::size_t at = 2; at < bytes.size(); at += 2) {
    char32_t c = unit(at);
    if (c >= 0xDC00 && c < 0xE000) refuse(at);
    if (c >= 0xD800 && c < 0xDC00) {
      if (at + 3 >= bytes.size()) refuse(at);
      const std::uint32_t low = unit(at + 2);
      if (low < 0xDC00 || low >= 0xE000) refuse(at);
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      at += 2;
    }
    append_utf8(text, c);
  }
  return text;
}

}  // namespace

std::string list_text(std::string_view bytes, const std::string& name) {
  std::string text;
  if (bytes.starts_with("\xFF\xFE"sv) || bytes.starts_with("\xFE\xFF"sv)) {
    text = from_utf16(bytes, bytes.front() == '\xFE', name);
  } else {
    if (bytes.starts_with("\xEF\xBB\xBF"sv)) bytes.remove_prefix(3);
    std::size_t line = 1;
    for (std::string_view rest = bytes; !rest.empty();) {
      if (rest.front() == '\0') {
        throw BadInput(fmt::format(
            "{}:{}: has a zero byte, as UTF-16 without a byte order mark does; save it as UTF-8",
            name, line));
      }
      const bool ends_line = rest.front() == '\n';
      if (!take_code_point(rest)) {
        throw BadInput(fmt::format(
            "{}:{}: has bytes that are not UTF-8; save it with the encoding UTF-8", name, line));
      }
      line += ends_line;
    }
    text = bytes;
  }
  if (text.find('\n') == text.npos) std::replace(text.begin(), text.end(), '\r', '\n');
  return text;
}

namespace {

// Blanks that nobody sees: no-break, narrow, ideographic, of no width, and a byte order mark.
constexpr std::string_view kUnseen[] = {"\xC2\xA0", "\xE2\x80\xAF", "\xE3\x80\x80", "\xE2\x80\x8B",
                                        "\xEF\xBB\xBF"};

// The length of a blank at the front, or at the end, of `text`; 0: there is none.
std::size_t blank_length(std::string_view text, bool front) {
  if (text.empty()) return 0;
  if (kListBlanks.find(front ? text.front() : text.back()) != kListBlanks.npos) return 1;
  for (const std::string_view blank : kUnseen) {
    if (front ? text.starts_with(blank) : text.ends_with(blank)) return blank.size();
  }
  return 0;
}

std::string trimmed(std::string_view text) {
  while (const std::size_t length = blank_length(text, true)) text.remove_prefix(length);
  while (const std::size_t length = blank_length(text, false)) text.remove_suffix(length);
  return std::string(text);
}

// The field that starts at `at`, which moves behind its delimiter. Nothing: a quote was not closed.
std::optional<std::string> take_field(std::string_view line, char delimiter, std::size_t& at) {
  const auto begin = line.find_first_not_of(" \r", at);
  if (begin == line.npos || line[begin] != '"') {
    if (delimiter == ' ') at = std::min(begin, line.size());  // several blanks are one
    const auto end = std::min(line.find(delimiter, at), line.size());
    const std::string field = trimmed(line.substr(at, end - at));
    at = end + 1;
    return field;
  }
  std::string field;
  for (at = begin + 1; at < line.size(); ++at) {
    if (line[at] != '"') {
      field += line[at];
    } else if (line.substr(at + 1, 1) == "\"") {
      field += line[at++];
    } else {
      const auto end = std::min(line.find(delimiter, at), line.size());
      if (!trimmed(line.substr(at + 1, end - at - 1)).empty()) return std::nullopt;
      at = end + 1;
      return trimmed(field);
    }
  }
  return std::nullopt;
}

// The delimiter that a spreadsheet notes in a line of its own, `sep=;`.
std::optional<char> noted_delimiter(std::string_view line) {
  const std::string text = lower_case(trimmed(line));
  const bool quoted = text.size() == 7 && text.starts_with('"') && text.ends_with('"');
  const std::string_view inner = quoted ? std::string_view(text).substr(1, 5) : text;
  return inner.size() == 5 && inner.starts_with("sep=") ? std::optional(inner[4]) : std::nullopt;
}

// What parts the fields of a line: what its name says where that occurs, or else what occurs most
// often outside quotes. Blanks do in what is no .csv or .tsv.
char delimiter_of(std::string_view line, const std::string& name) {
  const char by_name = lower_case(name).ends_with(".csv") ? ',' : '\t';
  constexpr std::string_view kKnown = ",;\t|";
  std::size_t counts[kKnown.size()] = {};
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (const auto n = kKnown.find(c); !quoted && n != kKnown.npos) ++counts[n];
  }
  char best = by_name;
  std::size_t most = counts[kKnown.find(by_name)];
  for (std::size_t n = 0; n < kKnown.size() && most == 0; ++n) {
    if (counts[n] > 0 && kKnown[n] != '|') {
      best = kKnown[n];
      most = counts[n];
    }
  }
  if (most == 0 && counts[kKnown.find('|')] > 0) return '|';
  return most == 0 && !is_table_name(name) && line.find(' ') != line.npos ? ' ' : best;
}

}  // namespace

bool is_table_name(std::string_view path) {
  const std::string name = lower_case(path.substr(path.rfind('/') + 1));
  return name.ends_with(".tsv") || name.ends_with(".csv");
}

std::vector<TableRow> parse_table(std::string_view bytes, const std::string& name) {
  const std::string text = list_text(bytes, name);
  std::optional<char> delimiter;
  std::vector<TableRow> rows;
  for_each_list_line(text, [&](std::string_view line, std::uint64_t number) {
    if (!delimiter && (delimiter = noted_delimiter(line))) return;
    if (!delimiter) delimiter = delimiter_of(line, name);
    TableRow row{number, {}};
    for (std::size_t begin = 0; begin <= line.size();) {
      auto field = take_field(line, *delimiter, begin);
      if (!field)
        throw BadInput(fmt::format("{}:{}: a field's quotes are not in pairs", name, number + 1));
      row.fields.push_back(*std::move(field));
    }
    rows.push_back(std::move(row));
  });
  return rows;
}

}  // namespace rod::dataset
