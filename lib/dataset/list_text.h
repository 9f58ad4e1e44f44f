// The text of a list, whatever program has saved it: its lines that say something, and tables with
// one header line (TSV and CSV).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rod::dataset {

// UTF-8 without a mark at the front: UTF-16 with its mark is converted, lines that end with a
// carriage return alone get line feeds. Throws BadInput "LIST:LINE: …" (line from 1) for any other
// encoding, with what to save it as.
std::string list_text(std::string_view bytes, const std::string& name);

inline constexpr std::string_view kListBlanks = " \t\r";

// Calls visit(line, number) for each line of `text`, numbered from 0, that is neither blank nor a
// comment (`#`). A UTF-8 mark at the beginning and the last line's missing end don't matter; a
// carriage return stays at the line's end.
template <typename Visit>
void for_each_list_line(std::string_view text, Visit visit) {
  constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  std::uint64_t number = 0;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const auto end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    const auto first = line.find_first_not_of(kListBlanks);
    if (first != line.npos && line[first] != '#') visit(line, number);
  }
}

struct TableRow {
  std::uint64_t line = 0;           // of the file, from 0
  std::vector<std::string> fields;  // blanks around them removed, unseen ones too
};

// Whether a file is one by its name: .tsv or .csv.
bool is_table_name(std::string_view path);

// Fields are separated by commas where the name ends with .csv, otherwise by tabs; where the first
// line has none of them, by its `;`, `,`, tabs or `|`, and in files of other names by blanks. A
// spreadsheet's first line `sep=;` counts. A field may stand in double quotes, with ""
// for a quote. Accepts what parse_split_list() accepts, and what list_text() converts. Throws
// BadInput "TABLE:LINE: …" for a quote that the line does not close, and what list_text() throws.
std::vector<TableRow> parse_table(std::string_view text, const std::string& name);

}  // namespace rod::dataset
