// A table of images: rgb, depth, label and maybe split and class, by a header line.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/error.h"
#include "dataset/file_kind.h"
#include "dataset/layout_kind.h"
#include "dataset/list_columns.h"
#include "dataset/list_labels.h"
#include "dataset/list_location.h"
#include "dataset/list_text.h"
#include "dataset/name_pattern.h"
#include "dataset/name_words.h"
#include "dataset/split_list.h"
#include "io/file.h"

namespace rod::dataset {
namespace {

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

// Paths as the tree writes them: relative to the source, with `/`.
class TreePaths {
 public:
  explicit TreePaths(const Tree& tree) {
    std::error_code none;
    for (const auto& folder : {std::filesystem::absolute(tree.name()).lexically_normal(),
                               std::filesystem::weakly_canonical(tree.name(), none)}) {
      if (!folder.empty()) sources_.push_back((folder / "").string());
    }
  }

  std::string of(std::string path) const {
    std::replace(path.begin(), path.end(), '\\', '/');
    while (path.starts_with("./")) path.erase(0, 2);
    for (const std::string& source : sources_) {
      if (path.starts_with(source)) return path.substr(source.size());
    }
    return path;
  }

 private:
  std::vector<std::string> sources_;  // with `/` at the end
};

ListRow row_of(const Tree& tree, const TreePaths& paths, const TableRow& row,
               const ListColumns& columns, const std::string& table, std::string& split) {
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
  ListRow entry{paths.of(field(columns.rgb, "rgb")),
                paths.of(field(columns.depth, "depth")),
                field(columns.label, "label"),
                field(columns.class_name, "class"),
                table,
                row.line};
  split = field(columns.split, "split");
  for (const std::string* path : {&entry.rgb, &entry.depth}) {
    const bool may_lack = path == &entry.depth ? columns.rgb.has_value() : !columns.rgb;
    if (path->empty() && may_lack) continue;
    if (path->starts_with('/')) {
      fail(fmt::format("the path '{}' is absolute and not below {}; write it relative to it",
                       shown(*path), tree.name()));
    }
    if (const char* why = why_bad_path(*path))
      fail(fmt::format("the path '{}' {}", shown(*path), why));
  }
  if (columns.split && split.empty()) fail("has no split");
  return entry;
}

// One table's rows of one split.
struct Part {
  std::string split, table, folder;  // the folder of the tree that its paths begin with
  bool in_tree = false;
  std::vector<ListRow> rows;
  std::uint64_t ignored = 0;
};

constexpr std::size_t kProbed = 20;  // rows, to see what a table is

// How many images of the tree the first rows name.
std::size_t images_named(const Tree& tree, const std::vector<TableRow>& rows,
                         const std::string& folder) {
  const TreePaths as_in_tree(tree);
  std::vector<std::string> paths;
  for (std::size_t n = 0; n < std::min(kProbed, rows.size()); ++n) {
    for (const std::string& field : rows[n].fields) {
      if (image_extension(field) > 0) paths.push_back(as_in_tree.of(field));
    }
  }
  if (paths.empty()) return 0;
  const std::string below = locate_paths(tree, folder, paths);
  return static_cast<std::size_t>(
      std::count_if(paths.begin(), paths.end(),
                    [&](const std::string& path) { return tree.contains(below + path); }));
}

bool names_images(const Tree& tree, const std::vector<TableRow>& rows, const std::string& folder) {
  return images_named(tree, rows, folder) > 0;
}

// A column of images that is not known may be the missing kind under another name.
void refuse_unknown_images(const Tree& tree, const Table& table, const TableRow& names,
                           const ListColumns& columns, const std::vector<TableRow>& rows) {
  const std::string folder = table.in_tree ? table.path.substr(0, table.path.rfind('/') + 1) : "";
  for (std::size_t n = 0; n < names.fields.size(); ++n) {
    if (n == columns.rgb || n == columns.depth ||
        folder_words(names.fields[n]).modality == Word::kMask)
      continue;
    std::vector<TableRow> column;
    for (const TableRow& row : rows) {
      if (column.size() == kProbed) break;
      if (n < row.fields.size()) column.push_back({row.line, {row.fields[n]}});
    }
    if (!names_images(tree, column, folder)) continue;
    throw BadInput(
        fmt::format("{}:{}: the column '{}' names images and is not known; call it "
                    "{}, or remove it (known columns are: {})",
                    table.path, names.line + 1, shown(names.fields[n]),
                    columns.rgb ? "depth" : "rgb", known_columns()));
  }
}

// The table's columns. Nothing: it is no list of samples and none is `needed`. Takes the header off
// `rows`.
std::optional<ListColumns> columns_of(const Tree& tree, const Table& table,
                                      std::vector<TableRow>& rows, bool needed,
                                      bool header_needed) {
  const std::string folder = table.in_tree ? table.path.substr(0, table.path.rfind('/') + 1) : "";
  const ListHeader header = read_header(rows.front(), table.path);
  if (header.columns) {
    const TableRow names = std::move(rows.front());
    rows.erase(rows.begin());
    if (!header.columns->depth || !header.columns->rgb)
      refuse_unknown_images(tree, table, names, *header.columns, rows);
    return header.columns;
  }
  const bool images_in_first = names_images(tree, {rows.front()}, folder);
  if (images_in_first && !header_needed) return columns_without_header(rows.front());
  const bool images = images_in_first || names_images(tree, rows, folder);
  if (!needed && !images) return std::nullopt;
  if (images_in_first) {
    throw BadInput(fmt::format(
        "{}:{}: names images, but the table has no header; add one as the first line, such as "
        "rgb,depth,label (known are: {}), or ignore the table with --layout folders",
        table.path, rows.front().line + 1, known_columns()));
  }
  throw BadInput(fmt::format("{}:{}: {}; known columns are: {}{}", table.path,
                             rows.front().line + 1, header.fault, known_columns(),
                             needed ? "" : "; or ignore the table with --layout folders"));
}

// The table's rows by split; `name` is that of rows without one. Nothing: it is no list of samples.
std::optional<std::vector<Part>> parts_of(const Tree& tree, const std::string& path,
                                          const std::string& name, const LayoutOptions& options,
                                          bool needed, bool header_needed) {
  const Table table = read_table(tree, path);
  std::vector<TableRow> rows = parse_table(table.text, path);
  if (rows.empty()) {
    if (!needed) return std::nullopt;
    throw BadInput(fmt::format("{}: the list holds no sample", path));
  }
  const std::size_t width = rows.front().fields.size();
  const auto columns = columns_of(tree, table, rows, needed, header_needed);
  if (!columns) return std::nullopt;

  const TreePaths as_in_tree(tree);
  std::map<std::string, Part> parts;
  std::vector<std::string> paths;
  for (const TableRow& row : rows) {
    for (std::size_t n = width; n < row.fields.size(); ++n) {
      if (row.fields[n].empty()) continue;
      throw BadInput(
          fmt::format("{}:{}: has {} fields, but the first line has {}; put a field that contains "
                      "the delimiter in double quotes",
                      path, row.line + 1, row.fields.size(), width));
    }
    std::string split;
    ListRow entry = row_of(tree, as_in_tree, row, *columns, path, split);
    if (split.empty()) split = name;
    Part& part = parts[split];
    if (is_ignored_label(entry.label, options.ignore_label)) {
      ++part.ignored;
      continue;
    }
    paths.push_back(entry.image());
    part.rows.push_back(std::move(entry));
  }
  const std::string folder =
      locate_paths(tree, table.in_tree ? path.substr(0, path.rfind('/') + 1) : "", paths);
  std::vector<Part> result;
  for (auto& [split, part] : parts) {
    if (part.rows.empty()) continue;
    if (split_name_from(split) != split) {
      throw BadInput(
          fmt::format("{}:{}: the split '{}' can't name a folder; use letters, digits, "
                      "`-` and `_`",
                      path, part.rows.front().line + 1, shown(split)));
    }
    part.split = split;
    part.table = path;
    part.folder = folder;
    part.in_tree = table.in_tree;
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
      auto found = *parts_of(tree, path, name, options, true, false);
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
  for (const std::string_view file : tree.files()) {
    if (is_table_name(file) && file_kind(file) != FileKind::kLitter) tables.emplace_back(file);
  }
  for (const std::string& path : tables) {
    const bool alone = named && tables.size() == 1;
    auto found = parts_of(tree, path, stem_of(path), options, alone, !alone);
    if (found) std::move(found->begin(), found->end(), std::back_inserter(parts));
  }
  return parts;
}

// The fields of a line, in a text of lines that name images, with labels or as one split's, though
// it is no table by its name; 0: it is none.
std::size_t fields_of_other_list(const Tree& tree, const std::string& path) {
  constexpr std::uint64_t kMostBytes = 64 << 20;
  if (tree.size(path) > kMostBytes) return 0;
  std::vector<TableRow> rows;
  try {
    rows = parse_table(read_table(tree, path).text, path);
  } catch (const BadInput&) {
    return 0;  // another text
  }
  if (rows.empty()) return 0;
  const bool header = read_header(rows.front(), path).columns.has_value();
  if (header) rows.erase(rows.begin());
  const std::size_t probed = std::min(kProbed, rows.size());
  if (probed == 0) return 0;
  if (images_named(tree, rows, path.substr(0, path.rfind('/') + 1)) * 2 < probed) return 0;
  const auto words = name_tokens(stem_of(path));
  const bool split = std::any_of(words.begin(), words.end(),
                                 [](const NameToken& token) { return token.word == Word::kSplit; });
  const std::size_t fields = rows.front().fields.size();
  return fields > 1 || split ? fields : 0;
}

// Throws BadInput for a list that would be left out silently when the folders are taken for
// classes.
void refuse_other_lists(const Tree& tree) {
  constexpr std::size_t kMostTexts = 64;
  std::size_t texts = 0;
  for (const std::string_view file : tree.files()) {
    const std::string path(file), name = lower_case(file);
    const bool text = name.ends_with(".txt") || name.ends_with(".lst") || name.ends_with(".list");
    if (!text || name.ends_with("_loc.txt") || file_kind(path) == FileKind::kLitter) continue;
    if (++texts > kMostTexts) return;
    const std::size_t fields = fields_of_other_list(tree, path);
    if (fields == 0) continue;
    throw BadInput(fmt::format(
        "{0}: names images, but is not a table (.csv or .tsv): {1}, or ignore it and use the "
        "folders with --layout folders",
        path,
        fields == 1 ? "write a table with the columns rgb, label and split"
                    : fmt::format("read its labels with --layout list --split {0}='{1}', where "
                                  "each line is `image label` or `image depth label`",
                                  stem_of(path), path)));
  }
}

Split split_of(const Part& part, const ListLabels& labels, bool has_rgb, bool has_depth,
               Dataset& dataset) {
  Split split{part.split, part.table, part.folder, {}};
  for (const ListRow& row : part.rows) {
    if (row.depth.empty() == has_depth) {
      throw BadInput(fmt::format(
          "{}:{}: has {} depth image, unlike the first line; give all of them one or none",
          part.table, row.line + 1, has_depth ? "no" : "a"));
    }
    if (row.rgb.empty() == has_rgb) {
      throw BadInput(fmt::format(
          "{}:{}: has {} RGB image, unlike the first line; give all of them one or none",
          part.table, row.line + 1, has_rgb ? "no" : "an"));
    }
    Sample sample;
    if (has_rgb) sample.rgb = dataset.text(part.folder + row.rgb);
    if (has_depth) sample.depth = dataset.text(part.folder + row.depth);
    sample.key = sample.image().substr(part.folder.size());
    sample.label = labels.of(row);
    sample.line = row.line;
    split.samples.push_back(sample);
  }
  return split;
}

// Images that are named like depth, beside a list of RGB alone.
void tell_lost_depth(const Tree& tree, Dataset& dataset) {
  std::set<std::string_view> listed;
  for (const Split& split : dataset.splits) {
    for (const Sample& sample : split.samples) listed.insert(sample.rgb);
  }
  std::size_t lost = 0;
  std::string example;
  for (const std::string_view path : tree.files()) {
    if (file_kind(path) != FileKind::kImage || listed.count(path) > 0 || !is_named_depth(path))
      continue;
    if (lost++ == 0) example = path;
  }
  if (lost == 0) return;
  dataset.losses.push_back(
      fmt::format("the depth would be missing: {} images, such as {}, are named like depth, and "
                  "the list has no column `depth`",
                  lost, example));
}

std::optional<Dataset> recognise_list(const Tree& tree, const LayoutOptions& options) {
  if (options.smallset) return std::nullopt;
  std::vector<Part> parts = find_parts(tree, options);
  if (parts.empty()) {
    if (options.layout == "auto" && options.splits.empty()) refuse_other_lists(tree);
    return std::nullopt;
  }
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.split < b.split; });
  Dataset dataset;
  std::string tables;
  std::vector<const ListRow*> rows;
  for (std::size_t n = 0; n < parts.size(); ++n) {
    if (n > 0 && parts[n - 1].split == parts[n].split) {
      throw BadInput(fmt::format(
          "{}: both {} and {} hold a split '{}'; choose with --split {}=LIST", tree.name(),
          parts[n - 1].table, parts[n].table, parts[n].split, parts[n].split));
    }
    if (tables.find(parts[n].table) == tables.npos)
      tables += (tables.empty() ? "" : ", ") + parts[n].table;
    if (parts[n].in_tree) dataset.lists.push_back(parts[n].table);
    dataset.ignored_rows += parts[n].ignored;
    for (const ListRow& row : parts[n].rows) rows.push_back(&row);
  }
  const ListLabels labels(rows);
  const ListRow& first = parts.front().rows.front();
  const bool has_rgb = !first.rgb.empty(), has_depth = !first.depth.empty();
  dataset.layout = "list";
  dataset.classes = labels.classes();
  dataset.modality = "by the columns of the list";
  for (const Part& part : parts)
    dataset.splits.push_back(split_of(part, labels, has_rgb, has_depth, dataset));
  if (!has_depth) tell_lost_depth(tree, dataset);
  dataset.explanation = fmt::format(
      "a list of images, recognised by {} (columns rgb, depth, label, split, class), "
      "labels are {}{}",
      tables, labels.are_numbers() ? "its numbers" : "its names in order",
      dataset.ignored_rows == 0 ? ""
                                : fmt::format("; {} rows with the label {} are left out",
                                              dataset.ignored_rows, options.ignore_label));
  return dataset;
}

}  // namespace

extern const LayoutKind kListLayout = {
    .name = "list",
    .looks_for = "tables .tsv or .csv with the columns rgb, depth, label and optionally split",
    .recognise = recognise_list,
};

}  // namespace rod::dataset
