// Tables of text with one header line: TSV and CSV.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rod::dataset {

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
