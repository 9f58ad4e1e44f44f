// Reads the text of a list in any common encoding, its lines, and tables with one header line (TSV
// and CSV).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rod::dataset {

// Returns the text as UTF-8 without a byte order mark. UTF-16 with a byte order mark is converted;
// single carriage returns become line feeds. Throws BadInput "LIST:LINE: …" (line from 1) for any
// other encoding, with advice on how to save the file.
std::string list_text(std::string_view bytes, const std::string& name);

inline constexpr std::string_view kListBlanks = " \t\r";

// Calls visit(line, number) for each line of `text`, numbered from 0, that is neither blank nor a
// comment (`#`). A byte order mark and a missing newline at the end are accepted; a carriage return
// stays at the line's end.
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
  std::vector<std::string> fields;  // surrounding blanks removed, including invisible ones
};

// Whether the name is that of a table: .tsv or .csv.
bool is_table_name(std::string_view path);

// Fields are separated by commas if the name ends with .csv, otherwise by tabs. If the first line
// contains no such separator, they are separated by whichever of `;`, `,`, tab and `|` occurs most
// often in it, and in files with other names by blanks. A first line `sep=;`, as spreadsheets write
// it, takes precedence. A field may be in double quotes, with "" for a quote. Accepts what
// parse_split_list() accepts and what list_text() converts. Throws BadInput "TABLE:LINE: …" for a
// quote that is not closed in its line, and what list_text() throws.
std::vector<TableRow> parse_table(std::string_view text, const std::string& name);

}  // namespace rod::dataset
