// Identifies the columns of a table by its header.
#pragma once

#include <optional>
#include <string>

#include "dataset/list_text.h"

namespace rod::dataset {

// The index of each known column, from 0; nothing if the table lacks it.
struct ListColumns {
  std::optional<std::size_t> rgb, depth, label, split, class_name;
};

struct ListHeader {
  std::optional<ListColumns> columns;  // absent if no image or no label is named
  std::string fault;                   // if so, what is missing
};

// Names are recognised in any case, with `_`, `-` or blanks between words. Throws BadInput if two
// columns have the same meaning.
ListHeader read_header(const TableRow& row, const std::string& table);

// Returns the columns of a table without a header: rgb, depth, label[, split]; or rgb, label.
ListColumns columns_without_header(const TableRow& row);

// "rgb (image, filename, …), depth (…), …"
std::string known_columns();

}  // namespace rod::dataset
