// What the columns of a table are, by its header.
#pragma once

#include <optional>
#include <string>

#include "dataset/list_text.h"

namespace rod::dataset {

// Where each known column stands; nothing where the table has none.
struct ListColumns {
  std::optional<std::size_t> rgb, depth, label, split, class_name;
};

struct ListHeader {
  std::optional<ListColumns> columns;  // nothing: it names no image, or no label
  std::string fault;                   // then, what it lacks
};

// Names are known in any case and with `_`, `-` or blanks between their words. Throws BadInput
// where two columns name one thing.
ListHeader read_header(const TableRow& row, const std::string& table);

// rgb, depth, label[, split]; or rgb, label.
ListColumns columns_without_header(const TableRow& row);

// "rgb (image, filename, …), depth (…), …"
std::string known_columns();

}  // namespace rod::dataset
