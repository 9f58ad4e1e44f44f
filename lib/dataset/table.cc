#include "dataset/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "dataset/list_text.h"
#include "dataset/name_words.h"

namespace rod::dataset {
namespace {

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kListBlanks);
  if (begin == text.npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kListBlanks) - begin + 1));
}

// The field that starts at `at`, which moves behind its delimiter. Nothing: a quote was not closed.
std::optional<std::string> take_field(std::string_view line, char delimiter, std::size_t& at) {
  const auto begin = line.find_first_not_of(" \r", at);
  if (begin == line.npos || line[begin] != '"') {
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

// What parts the fields of a line: what its name says where that occurs, or else what occurs most
// often outside quotes.
char delimiter_of(std::string_view line, char by_name) {
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
  return most == 0 && counts[kKnown.find('|')] > 0 ? '|' : best;
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
    if (!delimiter) delimiter = delimiter_of(line, lower_case(name).ends_with(".csv") ? ',' : '\t');
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
