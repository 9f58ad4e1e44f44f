// A table of images: rgb, depth, label and maybe split and class, by a header line.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "dataset/layout_kind.h"
#include "dataset/list_location.h"
#include "dataset/split_list.h"
#include "dataset/split_name.h"
#include "dataset/table.h"
#include "io/file.h"

namespace rod {
namespace {

constexpr const char* kColumns = "rgb, depth, label, split, class";

// Where each known column stands; nothing where the table has none.
struct Columns {
  std::optional<std::size_t> rgb, depth, label, split, class_name;
};

struct Entry {
  std::string rgb, depth, label, class_name;
  std::uint64_t line = 0;
};

// One table's rows of one split.
struct Part {
  std::string split, table, folder;  // the folder of the tree that its paths begin with
  std::vector<Entry> entries;
};

std::optional<Columns> header_columns(const TableRow& row) {
  Columns columns;
  const std::map<std::string, std::optional<std::size_t>*> known = {{"rgb", &columns.rgb},
                                                                    {"depth", &columns.depth},
                                                                    {"label", &columns.label},
                                                                    {"split", &columns.split},
                                                                    {"class", &columns.class_name}};
  for (std::size_t n = 0; n < row.fields.size(); ++n) {
    std::string name = row.fields[n];
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (const auto found = known.find(name); found != known.end() && !*found->second)
      *found->second = n;
  }
  if (!columns.rgb || !columns.label) return std::nullopt;
  return columns;
}

// Without a header the columns are rgb, depth, label[, split].
Columns default_columns(const TableRow& row) {
  Columns columns{0, 1, 2, std::nullopt, std::nullopt};
  if (row.fields.size() > 3) columns.split = 3;
  return columns;
}

struct Table {
  std::string path, text;
  bool in_tree = false;
};

Table read_table(const Tree& tree, const std::string& path) {
  Table table{path, {}, tree.contains(path)};
  if (table.in_tree) {
    std::vector<std::byte> bytes;
    tree.read(path, bytes);
    table.text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  } else {
    table.text = io::read_file(path);
  }
  return table;
}

Entry entry_of(const TableRow& row, const Columns& columns, const std::string& table,
               std::string& split) {
  const auto fail = [&](const std::string& what) {
    throw BadInput(fmt::format("{}:{}: {}", table, row.line + 1, what));
  };
  const auto field = [&](const std::optional<std::size_t>& column,
                         const char* name) -> std::string {
    if (!column) return "";
    if (*column >= row.fields.size()) {
      fail(
          fmt::format("has {} fields, but '{}' is the {}th", row.fields.size(), name, *column + 1));
    }
    return row.fields[*column];
  };
  Entry entry{field(columns.rgb, "rgb"), field(columns.depth, "depth"),
              field(columns.label, "label"), field(columns.class_name, "class"), row.line};
  split = field(columns.split, "split");
  for (const std::string* path : {&entry.rgb, &entry.depth}) {
    if (path == &entry.depth && path->empty()) continue;
    if (const char* why = why_bad_path(*path))
      fail(fmt::format("the path '{}' {}", shown(*path), why));
  }
  if (entry.label.empty()) fail("has no label");
  if (columns.split && split.empty()) fail("has no split");
  return entry;
}

// The table's rows by split; `name` is that of rows without one. Nothing: it has no header and `header_needed`.
std::optional<std::vector<Part>> parts_of(const Tree& tree, const std::string& path,
                                          const std::string& name, bool header_needed) {
  const Table table = read_table(tree, path);
  std::vector<TableRow> rows = parse_table(table.text, path);
  if (rows.empty()) throw BadInput(fmt::format("{}: the list holds no sample", path));
  auto columns = header_columns(rows.front());
  if (!columns && header_needed) return std::nullopt;
  if (columns) {
    rows.erase(rows.begin());
  } else {
    columns = default_columns(rows.front());
  }

  std::map<std::string, Part> parts;
  std::vector<std::string> paths;
  for (const TableRow& row : rows) {
    std::string split;
    Entry entry = entry_of(row, *columns, path, split);
    if (split.empty()) split = name;
    paths.push_back(entry.rgb);
    parts[split].entries.push_back(std::move(entry));
  }
  const std::string folder =
      locate_paths(tree, table.in_tree ? path.substr(0, path.rfind('/') + 1) : "", paths);
  std::vector<Part> result;
  for (auto& [split, part] : parts) {
    check_split_name_option(split);
    part.split = split;
    part.table = path;
    part.folder = folder;
    result.push_back(std::move(part));
  }
  if (result.empty()) throw BadInput(fmt::format("{}: the list holds no sample", path));
  return result;
}

std::string stem_of(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return split_name_from(name.substr(0, name.rfind('.')));
}

// Tables that the tree holds or that --split names, cut into splits.
std::vector<Part> find_parts(const Tree& tree, const LayoutOptions& options) {
  const bool named = options.layout == "list";
  std::vector<Part> parts;
  if (!options.splits.empty()) {
    const auto is_table = [](const auto& split) { return is_table_name(split.second); };
    if (!named && !std::all_of(options.splits.begin(), options.splits.end(), is_table)) return {};
    for (const auto& [name, path] : options.splits) {
      check_split_name_option(name);
      auto found = *parts_of(tree, path, name, false);
      const auto wanted =
          std::find_if(found.begin(), found.end(),
                       [&name = name](const Part& part) { return part.split == name; });
      if (wanted == found.end())
        throw BadInput(fmt::format("{}: has no rows of the split '{}'", path, name));
      parts.push_back(std::move(*wanted));
    }
    return parts;
  }
  std::vector<std::string> tables;
  for (const std::string& file : tree.files()) {
    if (is_table_name(file)) tables.push_back(file);
  }
  for (const std::string& path : tables) {
    auto found = parts_of(tree, path, stem_of(path), !named || tables.size() > 1);
    if (found) std::move(found->begin(), found->end(), std::back_inserter(parts));
  }
  return parts;
}

// Numbers are labels; other labels are names, numbered in their order.
struct Labels {
  bool numbers = true;
  std::vector<std::string> classes;

  explicit Labels(const std::vector<Part>& parts) {
    std::set<std::string> names;
    std::map<std::int64_t, std::string> by_number;
    for (const Part& part : parts) {
      for (const Entry& entry : part.entries) {
        names.insert(entry.label);
        if (const auto label = parse_label(entry.label)) {
          by_number.emplace(*label, entry.class_name.empty() ? fmt::format("class-{}", *label)
                                                             : entry.class_name);
        } else {
          numbers = false;
        }
      }
    }
    if (!numbers) {
      classes.assign(names.begin(), names.end());
      return;
    }
    for (std::int64_t label = 0; label <= by_number.rbegin()->first; ++label) {
      const auto found = by_number.find(label);
      classes.push_back(found == by_number.end() ? fmt::format("class-{}", label) : found->second);
    }
  }

  std::int64_t of(const std::string& text) const {
    if (numbers) return *parse_label(text);
    return std::lower_bound(classes.begin(), classes.end(), text) - classes.begin();
  }
};

Split split_of(const Part& part, const Labels& labels, bool has_depth) {
  Split split{part.split, part.table, part.folder, {}};
  for (const Entry& entry : part.entries) {
    if (entry.depth.empty() == has_depth) {
      throw BadInput(fmt::format(
          "{}:{}: has {} depth image, unlike the first line; give all of them one or none",
          part.table, entry.line + 1, has_depth ? "no" : "a"));
    }
    split.samples.push_back({part.folder + entry.rgb, has_depth ? part.folder + entry.depth : "",
                             entry.rgb, labels.of(entry.label), entry.line});
  }
  return split;
}

}  // namespace

std::optional<Dataset> recognise_list(const Tree& tree, const LayoutOptions& options) {
  if (options.smallset) return std::nullopt;
  std::vector<Part> parts = find_parts(tree, options);
  if (parts.empty()) return std::nullopt;
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.split < b.split; });
  std::string tables;
  for (std::size_t n = 0; n < parts.size(); ++n) {
    if (n > 0 && parts[n - 1].split == parts[n].split) {
      throw BadInput(fmt::format(
          "{}: both {} and {} hold a split '{}'; choose with --split {}=LIST", tree.name(),
          parts[n - 1].table, parts[n].table, parts[n].split, parts[n].split));
    }
    if (tables.find(parts[n].table) == tables.npos)
      tables += (tables.empty() ? "" : ", ") + parts[n].table;
  }
  const Labels labels(parts);
  const bool has_depth = !parts.front().entries.front().depth.empty();
  Dataset dataset;
  dataset.layout = "list";
  dataset.classes = labels.classes;
  for (const Part& part : parts) dataset.splits.push_back(split_of(part, labels, has_depth));
  dataset.explanation =
      fmt::format("a list of images, recognised by {} (columns {}), labels are {}", tables,
                  kColumns, labels.numbers ? "its numbers" : "its names in order");
  return dataset;
}

}  // namespace rod
