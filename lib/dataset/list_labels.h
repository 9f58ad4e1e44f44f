// The labels of a table: numbers, or names that are numbered.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rod::dataset {

struct ListRow {
  std::string rgb, depth, label, class_name;
  std::string table;
  std::uint64_t line = 0;  // of the table, from 0

  const std::string& image() const { return rgb.empty() ? depth : rgb; }  // which names the row
};

// Whether `label` is the one that marks rows to ignore; `-1` equals `-1.0`. If `ignored` is empty,
// no row is ignored.
bool is_ignored_label(const std::string& label, const std::string& ignored);

class ListLabels {
 public:
  // Whole numbers (`3`, `3.0`) are used as labels; names are sorted and numbered from 0. Throws
  // BadInput "TABLE:LINE: …" for an empty label, a mixture of numbers and names, a number that is
  // not a valid label, and for two names of one number or two numbers of one name.
  explicit ListLabels(const std::vector<const ListRow*>& rows);

  bool are_numbers() const { return numbers_; }
  const std::vector<std::string>& classes() const { return classes_; }
  std::int64_t of(const ListRow& row) const;  // Requires: one of the constructor's rows

 private:
  bool numbers_ = false;
  std::vector<std::string> classes_;  // by label
};

}  // namespace rod::dataset
