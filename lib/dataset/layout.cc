#include "dataset/layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <string_view>
#include <unordered_map>

#include "archive/safe_path.h"
#include "base/error.h"
#include "base/units.h"
#include "dataset/file_kind.h"
#include "dataset/layout_kind.h"

namespace rod::dataset {
namespace {

// What a person would want to see first of a tree in which nothing was recognised.
std::string some_files(const Tree& tree) {
  for (const std::string_view file : tree.files()) {
    if (file_kind(file) == FileKind::kArchive)
      return fmt::format("it holds {} files, and '{}' is an archive inside it: unpack that first",
                         tree.files().size(), file);
  }
  constexpr std::size_t kShown = 3;
  const auto& files = tree.files();
  if (files.empty()) return "it holds no files";
  std::string text = fmt::format("it holds {} files:", files.size());
  for (std::size_t n = 0; n < std::min(kShown, files.size()); ++n)
    text += fmt::format(" {}", files[n]);
  return text + (files.size() > kShown ? " …" : "");
}

// "train.csv:3" of a list, or else the image.
std::string place_of(const Split& split, const Sample& sample) {
  return split.list.empty() ? std::string(sample.image())
                            : fmt::format("{}:{}", split.list, sample.line + 1);
}

// Throws BadInput naming both lines for an image that is listed with two labels.
void refuse_contradictions(const Dataset& dataset) {
  struct Place {
    const Split* split;
    const Sample* sample;
  };
  std::unordered_map<std::string_view, Place> seen;
  for (const Split& split : dataset.splits) {
    for (const Sample& sample : split.samples) {
      const auto [first, is_new] = seen.try_emplace(sample.image(), Place{&split, &sample});
      if (is_new || first->second.sample->label == sample.label) continue;
      throw BadInput(
          fmt::format("{}: {} has the class '{}', but {} says '{}'; leave one of the lines out",
                      place_of(split, sample), sample.image(),
                      dataset.classes[static_cast<std::size_t>(sample.label)],
                      place_of(*first->second.split, *first->second.sample),
                      dataset.classes[static_cast<std::size_t>(first->second.sample->label)]));
    }
  }
}

// Throws BadInput for classes or splits whose names a file system, or a person, may take for one.
void refuse_twins(const Dataset& dataset) {
  struct Named {
    std::string name, place;
  };
  std::map<std::string, Named> classes, splits;
  const auto add = [](std::map<std::string, Named>& names, const char* what,
                      const std::string& name, const std::string& place) {
    const auto [first, is_new] = names.try_emplace(archive::folded_path(name), Named{name, place});
    if (is_new || first->second.name == name) return;
    throw BadInput(
        fmt::format("{}: its {} '{}' differs only in case or Unicode form (NFC, NFD) from '{}' of "
                    "{}; give both the name of one of them",
                    place, what, name, first->second.name, first->second.place));
  };
  for (const Split& split : dataset.splits) {
    std::vector<bool> seen(dataset.classes.size());
    for (const Sample& sample : split.samples) {
      const auto label = static_cast<std::size_t>(sample.label);
      if (seen[label]) continue;
      seen[label] = true;
      const std::string place = place_of(split, sample);
      add(classes, "class", dataset.classes[label], place);
      add(splits, "split", split.name, place);
    }
  }
}

// What all layouts share once the samples are known.
Dataset checked(Dataset dataset, const Tree& tree, const LayoutOptions& options) {
  refuse_contradictions(dataset);
  refuse_twins(dataset);
  std::size_t pairs = 0;
  for (const Split& split : dataset.splits) {
    pairs += split.samples.size();
    if (!options.allow_absent) refuse_absent_files(tree, split);
  }
  dataset.explanation += fmt::format("; {} split{}, {} classes, {} {}", dataset.splits.size(),
                                     dataset.splits.size() == 1 ? "" : "s", dataset.classes.size(),
                                     format_count(pairs),
                                     !dataset.has_rgb()    ? "images of depth alone"
                                     : dataset.has_depth() ? "pairs"
                                                           : "images of RGB alone");
  return dataset;
}

// Throws BadInput for a file that is there under another spelling.
void refuse_other_spelling(const Tree& tree, const Split& split) {
  std::unordered_map<std::string, std::string_view> spelled;
  for (const std::string_view file : tree.files())
    spelled.emplace(archive::folded_path(file), file);
  for (const Sample& sample : split.samples) {
    for (const std::string_view file : {sample.rgb, sample.depth}) {
      if (file.empty() || tree.contains(file)) continue;
      const auto twin = spelled.find(archive::folded_path(file));
      if (twin == spelled.end()) continue;
      throw BadInput(
          fmt::format("{}: {} does not exist, but {} does, which differs in case or Unicode form "
                      "(NFC and NFD); write names in the list as the files have them",
                      place_of(split, sample), file, twin->second));
    }
  }
}

}  // namespace

void refuse_absent_files(const Tree& tree, const Split& split) {
  constexpr std::size_t kNamed = 5;
  std::size_t absent = 0, files = 0;
  std::string first;
  for (const Sample& sample : split.samples) {
    for (const std::string_view file : {sample.rgb, sample.depth}) {
      if (file.empty()) continue;
      ++files;
      if (tree.contains(file) || absent++ >= kNamed) continue;
      first += fmt::format("\n  {}: {}", place_of(split, sample), file);
    }
  }
  if (absent == 0) return;
  refuse_other_spelling(tree, split);
  throw BadInput(fmt::format(
      "{}: {} of {} images that {} names are absent:{}{}\nUnpack the archive completely, or leave "
      "them out with --on-error skip",
      tree.name(), format_count(absent), format_count(files), split.list, first,
      absent > kNamed ? fmt::format("\n  and {} more", format_count(absent - kNamed)) : ""));
}

std::vector<std::string> layout_names() {
  std::vector<std::string> names{"auto"};
  for (const LayoutKind* kind : layout_kinds()) names.push_back(kind->name);
  return names;
}

Dataset recognise(const Tree& tree, const LayoutOptions& options) {
  std::string looked_for;
  for (const LayoutKind* kind : layout_kinds()) {
    if (options.layout != "auto" && options.layout != kind->name) continue;
    if (auto dataset = kind->recognise(tree, options))
      return checked(*std::move(dataset), tree, options);
    looked_for +=
        fmt::format("{}{} ({})", looked_for.empty() ? "" : " or ", kind->name, kind->looks_for);
  }
  const std::vector<std::string> names = layout_names();
  if (looked_for.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("--layout '{}' is unknown; there are {}",
                                               options.layout, fmt::join(names, ", ")));
  }
  throw BadInput(fmt::format(
      "{}: no data set was recognised: looked for{} {}; {}. Point to the folder or archive that "
      "holds them, or name the layout and its lists or folders: --layout {} --split NAME=LIST",
      tree.name(), options.smallset ? " the small lists of" : "", looked_for, some_files(tree),
      fmt::join(names.begin() + 1, names.end(), "|")));
}

}  // namespace rod::dataset
