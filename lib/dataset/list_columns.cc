#include "dataset/list_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "dataset/name_pattern.h"
#include "dataset/name_words.h"

namespace rod::dataset {
namespace {

struct Role {
  const char* name;
  std::optional<std::size_t> ListColumns::*column;
  std::vector<std::string_view> names;
};

const std::vector<Role>& roles() {
  static const std::vector<Role> kRoles = {
      {"rgb",
       &ListColumns::rgb,
       {"rgb", "image", "filename", "file", "path", "img", "color", "colour"}},
      {"depth",
       &ListColumns::depth,
       {"depth", "depths", "depthraw", "aligneddepth", "surfnorm", "normals"}},
      {"label",
       &ListColumns::label,
       {"label", "labels", "target", "targets", "y", "labelid", "classid", "categoryid",
        "classindex", "labelindex", "classidx", "labelidx", "classnumber"}},
      {"split", &ListColumns::split, {"split", "subset", "partition", "phase", "usage", "set"}},
      {"class",
       &ListColumns::class_name,
       {"class", "classname", "category", "categoryname", "labelname", "classlabel", "object"}},
  };
  return kRoles;
}

// Lower case without what stands between words.
std::string plain(std::string_view name) {
  std::string text = lower_case(name);
  std::erase_if(text, [](char c) { return c == '_' || c == '-' || c == ' ' || c == '.'; });
  return text;
}

// `rgb_path` and `depth file` are `rgb` and `depth`.
std::string without_kind(std::string text) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view end : {"path", "paths", "file", "files", "filename", "filepath",
                                       "image", "images", "img", "name", "map", "relpath"}) {
      if (text.size() > end.size() && text.ends_with(end)) {
        text.resize(text.size() - end.size());
        again = true;
        break;
      }
    }
  }
  return text;
}

bool is_known(const Role& role, const std::string& written) {
  const auto holds = [&](const std::string& text) {
    return std::find(role.names.begin(), role.names.end(), text) != role.names.end();
  };
  if (holds(plain(written))) return true;
  const bool image = role.column == &ListColumns::rgb || role.column == &ListColumns::depth;
  return image && holds(without_kind(plain(written)));
}

}  // namespace

ListHeader read_header(const TableRow& row, const std::string& table) {
  ListColumns columns;
  for (const Role& role : roles()) {
    std::optional<std::size_t>& column = columns.*role.column;
    std::vector<std::size_t> known, exact;
    for (std::size_t n = 0; n < row.fields.size(); ++n) {
      if (is_known(role, row.fields[n])) known.push_back(n);
      if (plain(row.fields[n]) == role.name) exact.push_back(n);
    }
    if (!exact.empty()) {
      column = exact.front();
      if (exact.size() == 1) continue;
      known = exact;
    } else if (!known.empty()) {
      column = known.front();
    }
    if (known.size() > 1) {
      throw BadInput(fmt::format(
          "{}:{}: the columns '{}' and '{}' may both be {}; name one of "
          "them {} and the other one otherwise",
          table, row.line + 1, row.fields[known[0]], row.fields[known[1]], role.name, role.name));
    }
  }
  if (!columns.label) std::swap(columns.label, columns.class_name);
  ListHeader header;
  const bool images = columns.rgb || columns.depth;
  if (images && columns.label) {
    header.columns = columns;
  } else {
    std::string names;
    for (const std::string& field : row.fields) names += (names.empty() ? "'" : "', '") + field;
    header.fault = fmt::format("the header {}' has no column of {}", names,
                               images          ? "labels"
                               : columns.label ? "images"
                                               : "images or labels");
  }
  return header;
}

ListColumns columns_without_header(const TableRow& row) {
  if (row.fields.size() < 3) return {0, std::nullopt, 1, std::nullopt, std::nullopt};
  ListColumns columns{0, 1, 2, std::nullopt, std::nullopt};
  if (row.fields.size() > 3) columns.split = 3;
  return columns;
}

std::string known_columns() {
  std::string text;
  for (const Role& role : roles()) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", role.name);
    std::string others;
    for (std::size_t n = 1; n < std::min<std::size_t>(role.names.size(), 6); ++n) {
      others += (others.empty() ? "" : ", ") + std::string(role.names[n]);
    }
    text += " (or " + others + ")";
  }
  return text;
}

}  // namespace rod::dataset
