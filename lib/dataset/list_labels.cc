#include "dataset/list_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/units.h"
#include "dataset/name_words.h"
#include "dataset/split_list.h"

namespace rod::dataset {
namespace {

// "3", "-1", "3.5", "3,0", "3.0e+00": what a person or NumPy means as a number.
bool looks_like_number(std::string_view text) {
  const auto take_sign = [&text] {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  };
  const auto take_digits = [&text] {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  take_sign();
  std::size_t digits = take_digits();
  if (text.starts_with('.') || text.starts_with(',')) {
    text.remove_prefix(1);
    digits += take_digits();
  }
  if (digits > 0 && (text.starts_with('e') || text.starts_with('E'))) {
    text.remove_prefix(1);
    take_sign();
    if (take_digits() == 0) return false;
  }
  return digits > 0 && text.empty();
}

// A whole number without what is not needed to write it: "3" of "3.0", "+3" and "3.0e+00"; other
// text as it is. A comma before three digits may part thousands, so that is left alone.
std::string whole(std::string_view text) {
  if (!looks_like_number(text)) return std::string(text);
  std::string written(text);
  if (const auto comma = written.find(','); comma != written.npos) {
    if (written.size() - comma == 4) return written;
    written[comma] = '.';
  }
  if (written.starts_with('+')) written.erase(0, 1);
  if (written.find_first_of(".eE") == written.npos) return written;
  const auto value = parse_number(written);
  constexpr double kMostExact = 9e15;  // whole numbers up to here are exact
  if (!value || std::trunc(*value) != *value || std::abs(*value) > kMostExact)
    return std::string(text);
  return fmt::format("{}", static_cast<std::int64_t>(*value));
}

bool means_nothing(const std::string& label) {
  const std::string small = lower_case(label);
  return small.empty() || small == "nan" || small == "na" || small == "n/a" || small == "null" ||
         small == "none";
}

[[noreturn]] void refuse_row(const ListRow& row, const std::string& what) {
  throw BadInput(fmt::format("{}:{}: {}", row.table, row.line + 1, what));
}

constexpr const char* kIgnore = "rows without a label are left out with --ignore-label";

}  // namespace

bool is_ignored_label(const std::string& label, const std::string& ignored) {
  return !ignored.empty() && whole(label) == whole(ignored);
}

ListLabels::ListLabels(const std::vector<const ListRow*>& rows) {
  const ListRow *number = nullptr, *name = nullptr;
  std::size_t numbers = 0;
  for (const ListRow* row : rows) {
    if (row->label.empty()) refuse_row(*row, "has no label");
    if (means_nothing(row->label)) {
      refuse_row(*row, fmt::format("the label is '{}'; {} {}", row->label, kIgnore, row->label));
    }
    const bool is_number = looks_like_number(row->label);
    numbers += is_number;
    const ListRow*& first = is_number ? number : name;
    if (first == nullptr) first = row;
  }
  if (number != nullptr && name != nullptr) {
    const bool few_numbers = numbers * 2 < rows.size();
    const ListRow& odd = few_numbers ? *number : *name;
    refuse_row(
        odd,
        fmt::format("the label '{}' is a {}, but other labels are {}, such as '{}' in line "
                    "{}; give all of them as numbers or all as names ({} {})",
                    shown(odd.label), few_numbers ? "number" : "name",
                    few_numbers ? "names" : "numbers", shown((few_numbers ? *name : *number).label),
                    (few_numbers ? *name : *number).line + 1, kIgnore, shown(odd.label)));
  }
  numbers_ = number != nullptr;
  if (!numbers_) {
    std::set<std::string> names;
    for (const ListRow* row : rows) names.insert(row->label);
    classes_.assign(names.begin(), names.end());
    return;
  }

  std::map<std::int64_t, const ListRow*> by_number;
  std::map<std::string, const ListRow*> by_name;
  for (const ListRow* row : rows) {
    const auto label = parse_label(whole(row->label));
    if (!label) {
      refuse_row(*row, fmt::format("the label {} is not a whole number in 0..{}; {} {}",
                                   shown(row->label), kMaxLabel, kIgnore, shown(row->label)));
    }
    const ListRow& first = *by_number.emplace(*label, row).first->second;
    if (first.class_name != row->class_name) {
      refuse_row(*row, fmt::format("the label {} is called '{}' here and '{}' in {}:{}; give each "
                                   "number one name",
                                   *label, shown(row->class_name), shown(first.class_name),
                                   first.table, first.line + 1));
    }
    if (row->class_name.empty()) continue;
    const ListRow& same = *by_name.emplace(row->class_name, row).first->second;
    if (parse_label(whole(same.label)) != label) {
      refuse_row(*row,
                 fmt::format("the class '{}' has the label {} here and {} in {}:{}; give each "
                             "name one number",
                             shown(row->class_name), *label, whole(same.label), same.table,
                             same.line + 1));
    }
  }
  for (std::int64_t label = 0; label <= by_number.rbegin()->first; ++label) {
    const auto found = by_number.find(label);
    const bool named = found != by_number.end() && !found->second->class_name.empty();
    classes_.push_back(named ? found->second->class_name : fmt::format("class-{}", label));
  }
}

std::int64_t ListLabels::of(const ListRow& row) const {
  if (numbers_) return *parse_label(whole(row.label));
  return std::lower_bound(classes_.begin(), classes_.end(), row.label) - classes_.begin();
}

}  // namespace rod::dataset
