#include "dataset/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "dataset/list_lines.h"

namespace rod {
namespace {

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kListBlanks);
  if (begin == text.npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kListBlanks) - begin + 1));
}

// The field that starts at `at`, which moves behind its delimiter. Nothing: a quote was not closed.
std::optional<std::string> take_field(std::string_view line, char delimiter, std::size_t& at) {
  const auto begin = line.find_first_not_of(" \r", at);
  if (delimiter == '\t' || begin == line.npos || line[begin] != '"') {
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
      return field;
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_table_name(std::string_view path) {
  return path.ends_with(".tsv") || path.ends_with(".csv");
}

std::vector<TableRow> parse_table(std::string_view text, const std::string& name) {
  const char delimiter = name.ends_with(".csv") ? ',' : '\t';
  std::vector<TableRow> rows;
  for_each_list_line(text, [&](std::string_view line, std::uint64_t number) {
    TableRow row{number, {}};
    for (std::size_t begin = 0; begin <= line.size();) {
      auto field = take_field(line, delimiter, begin);
      if (!field)
        throw BadInput(fmt::format("{}:{}: a field's quotes are not in pairs", name, number + 1));
      row.fields.push_back(*std::move(field));
    }
    rows.push_back(std::move(row));
  });
  return rows;
}

}  // namespace rod
