#include "dataset/inventory.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "base/units.h"
#include "dataset/file_kind.h"

namespace rod::dataset {
namespace {

constexpr std::size_t kNamed = 5;  // in a message

// Not "quoted", which g++ 14 also finds in std beside a std::string.
std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      json += c;
    }
  }
  return json + "\"";
}

InventoryEntry without_role(const std::string& path) {
  switch (file_kind(path)) {
    case FileKind::kImage:
      return {path, Fate::kNotTaken, "no split names it", "", ""};
    case FileKind::kUnknownImage:
      return {path, Fate::kNotTaken,
              fmt::format("is {}, an unsupported format", image_format_name(path)), "", ""};
    case FileKind::kArchive:
      return {path, Fate::kNotTaken, "is an archive inside the source; unpack it first", "", ""};
    case FileKind::kLitter:
      return {path, Fate::kIgnored, "is hidden, or was left behind by a system", "", ""};
    case FileKind::kText:
      return {path, Fate::kIgnored, "is a text", "", ""};
    case FileKind::kOther:
      break;
  }
  return {path, Fate::kIgnored, "is no image", "", ""};
}

}  // namespace

const char* fate_name(Fate fate) {
  switch (fate) {
    case Fate::kSample:
      return "sample";
    case Fate::kAbsent:
      return "absent";
    case Fate::kIgnored:
      return "ignored";
    case Fate::kNotTaken:
      return "not taken";
    case Fate::kRefused:
      return "refused";
  }
  return "";
}

void for_each_entry(const Tree& tree, const Dataset& dataset,
                    const std::function<void(const InventoryEntry& entry)>& visit) {
  struct Role {
    std::string_view path;
    const Split* split;
    std::int64_t label;
  };
  const auto by_path = [](const Role& a, const Role& b) { return a.path < b.path; };
  std::vector<Role> roles;
  std::vector<InventoryEntry> others;  // that are no files of the tree
  const auto class_of = [&](std::int64_t label) {
    return dataset.classes.at(static_cast<std::size_t>(label));
  };
  std::size_t samples = 0;
  for (const Split& split : dataset.splits) samples += split.samples.size();
  roles.reserve(samples * (dataset.has_depth() ? 2 : 1));
  for (const Split& split : dataset.splits) {
    for (const Sample& sample : split.samples) {
      for (const std::string_view path : {sample.rgb, sample.depth}) {
        if (!path.empty()) roles.push_back({path, &split, sample.label});
      }
    }
  }
  // The first sample of a path tells its split and class.
  std::stable_sort(roles.begin(), roles.end(), by_path);
  const auto last = std::unique(roles.begin(), roles.end(),
                                [](const Role& a, const Role& b) { return a.path == b.path; });
  roles.erase(last, roles.end());
  std::unordered_map<std::string_view, const LeftOut*> left_out;
  for (const LeftOut& one : dataset.left_out) left_out.emplace(one.path, &one);
  const std::set<std::string, std::less<>> lists(dataset.lists.begin(), dataset.lists.end());
  for (const Role& role : roles) {
    if (tree.contains(role.path)) continue;
    others.push_back({std::string(role.path), Fate::kAbsent,
                      fmt::format("is named by {}, but is missing", role.split->list),
                      role.split->name, class_of(role.label)});
  }
  for (const RefusedFile& refused : tree.refused())
    others.push_back({refused.path, Fate::kRefused, refused.reason, "", ""});
  std::stable_sort(
      others.begin(), others.end(),
      [](const InventoryEntry& a, const InventoryEntry& b) { return a.path < b.path; });

  auto other = others.begin();
  auto role = roles.begin();
  for (const std::string_view path : tree.files()) {
    while (other != others.end() && other->path < path) visit(*other++);
    while (role != roles.end() && role->path < path) ++role;
    if (role != roles.end() && role->path == path) {
      visit({std::string(path), Fate::kSample, "", role->split->name, class_of(role->label)});
    } else if (const auto out = left_out.find(path); out != left_out.end()) {
      visit({std::string(path), Fate::kNotTaken, out->second->reason, out->second->split,
             out->second->class_name});
    } else if (lists.count(path) > 0) {
      visit({std::string(path), Fate::kIgnored, "is a list of samples", "", ""});
    } else {
      visit(without_role(std::string(path)));
    }
  }
  while (other != others.end()) visit(*other++);
}

Inventory take_inventory(const Tree& tree, const Dataset& dataset) {
  Inventory inventory;
  for_each_entry(tree, dataset, [&](const InventoryEntry& entry) {
    ++inventory.counts[static_cast<std::size_t>(entry.fate)];
    if (entry.fate != Fate::kSample) inventory.entries.push_back(entry);
  });
  return inventory;
}

std::string describe(const Inventory& inventory, std::size_t most) {
  std::uint64_t files = 0;
  for (const std::uint64_t count : inventory.counts) files += count;
  std::string text = fmt::format("{} files:", format_count(files));
  for (const Fate fate :
       {Fate::kSample, Fate::kAbsent, Fate::kIgnored, Fate::kNotTaken, Fate::kRefused})
    text += fmt::format("{} {} {}", fate == Fate::kSample ? "" : ",",
                        format_count(inventory.count(fate)),
                        fate == Fate::kSample ? "of samples" : fate_name(fate));
  text += "\n";
  struct Group {
    std::uint64_t count = 0;
    std::string example;
    std::set<std::string> classes;
  };
  std::map<std::pair<Fate, std::string>, Group> groups;
  for (const InventoryEntry& entry : inventory.entries) {
    if (entry.fate == Fate::kSample || entry.fate == Fate::kIgnored) continue;
    Group& group = groups[{entry.fate, entry.reason}];
    if (group.count++ == 0) group.example = entry.path;
    if (!entry.class_name.empty()) group.classes.insert(entry.class_name);
  }
  std::size_t shown = 0;
  for (const auto& [of, group] : groups) {
    if (++shown > most) {
      text += fmt::format("  and {} more reasons\n", groups.size() - most);
      break;
    }
    std::string classes;
    std::size_t named = 0;
    for (const std::string& name : group.classes) {
      if (++named > 5) {
        classes += " …";
        break;
      }
      classes += (classes.empty() ? "; of " : ", ") + name;
    }
    text += fmt::format("  {}: {} {}: {}{}{}\n", fate_name(of.first), format_count(group.count),
                        group.count == 1 ? "file" : "files, such as",
                        group.example + " " + of.second, classes, "");
  }
  return text;
}

std::string format_inventory(const Tree& tree, const Dataset& dataset) {
  std::string lines;
  for_each_entry(tree, dataset, [&](const InventoryEntry& entry) {
    lines += fmt::format("{{\"path\":{},\"fate\":{}", json_string(entry.path),
                         json_string(fate_name(entry.fate)));
    if (!entry.reason.empty()) lines += fmt::format(",\"reason\":{}", json_string(entry.reason));
    if (!entry.split.empty()) lines += fmt::format(",\"split\":{}", json_string(entry.split));
    if (!entry.class_name.empty())
      lines += fmt::format(",\"class\":{}", json_string(entry.class_name));
    lines += "}\n";
  });
  return lines;
}

void refuse_unsafe(const Tree& tree) {
  const auto& refused = tree.refused();
  if (refused.empty()) return;
  std::string first;
  for (std::size_t n = 0; n < std::min(kNamed, refused.size()); ++n)
    first += fmt::format("\n  {}: {}", refused[n].path, refused[n].reason);
  if (refused.size() > kNamed)
    first += fmt::format("\n  and {} more", format_count(refused.size() - kNamed));
  throw BadInput(fmt::format(
      "{}: {} of its entries {} refused:{}\nRepair them, or leave them out "
      "with --on-error skip",
      tree.name(), format_count(refused.size()), refused.size() == 1 ? "is" : "are", first));
}

void require_whole(const Tree& tree, const Dataset& dataset) {
  if (dataset.losses.empty()) return;
  std::string all;
  for (std::size_t n = 0; n < std::min(kNamed, dataset.losses.size()); ++n)
    all += "\n  " + dataset.losses[n];
  if (dataset.losses.size() > kNamed)
    all += fmt::format("\n  and {} more", dataset.losses.size() - kNamed);
  throw BadInput(fmt::format(
      "{}: the data set would be incomplete:{}\nAdd what is missing, say what the folders are with "
      "--structure, --rgb-pattern or --split, or accept it with --on-error skip",
      tree.name(), all));
}

}  // namespace rod::dataset
