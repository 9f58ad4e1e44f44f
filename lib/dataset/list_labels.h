// The labels of a table: numbers, or names that get numbers.
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

  const std::string& image() const { return rgb.empty() ? depth : rgb; }  // by which it is named
};

// Whether the label of a row is the one that means "none"; `-1` is `-1.0` too. An empty `ignored`
// means none is.
bool is_ignored_label(const std::string& label, const std::string& ignored);

class ListLabels {
 public:
  // Whole numbers (`3`, `3.0`) are the labels; otherwise the names in their order are 0, 1, ….
  // Throws BadInput "TABLE:LINE: …" for an empty label, a mixture of numbers and names, a number
  // that is no label, and two names of one number or two numbers of one name.
  explicit ListLabels(const std::vector<const ListRow*>& rows);

  bool are_numbers() const { return numbers_; }
  const std::vector<std::string>& classes() const { return classes_; }
  std::int64_t of(const ListRow& row) const;  // Requires: of the rows it was made of

 private:
  bool numbers_ = false;
  std::vector<std::string> classes_;  // by label
};

}  // namespace rod::dataset
