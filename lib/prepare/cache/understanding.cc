#include "prepare/cache/understanding.h"

#include <fmt/format.h>

#include "base/units.h"

namespace rod::prepare {
namespace {

constexpr std::size_t kExamples = 3;

const char* const kOptions =
    "Options that change this: --layout, --structure (what each folder is), --rgb-pattern and "
    "--depth-pattern, --split NAME=FOLDER or LIST, --ignore-label, --follow-links, "
    "--name-encoding, --on-error skip";

}  // namespace

Understanding understanding_of(const dataset::Dataset& dataset, dataset::Inventory inventory) {
  Understanding source{dataset.explanation,
                       dataset.layout,
                       dataset.structure,
                       dataset.modality,
                       {},
                       dataset.classes,
                       dataset.has_depth(),
                       {},
                       std::move(inventory),
                       ""};
  std::vector<const dataset::Split*> splits;
  for (const dataset::Split& split : dataset.splits) {
    source.splits.emplace_back(split.name, split.samples.size());
    splits.push_back(&split);
  }
  std::string last;
  // From different splits, or from different places of one.
  for (std::size_t n = 0; n < kExamples; ++n) {
    const dataset::Split& split = *splits[n % splits.size()];
    const std::size_t at = split.samples.size() * n / kExamples;
    const dataset::Sample& sample = split.samples[at];
    if (n > 0 && sample.image() == last) break;
    last = sample.image();
    source.examples.push_back({split.name,
                               dataset.classes.at(static_cast<std::size_t>(sample.label)),
                               std::string(sample.rgb), std::string(sample.depth)});
  }
  return source;
}

std::string describe(const Understanding& source, bool whole) {
  std::string text = source.explanation;
  std::string splits;
  for (const auto& [name, pairs] : source.splits)
    splits += fmt::format("{}{} {}", splits.empty() ? "" : ", ", name, format_count(pairs));
  text += fmt::format("\nsplits: {}; {} classes", splits, source.classes.size());
  if (whole) text += fmt::format("\nRGB and depth: {}", source.modality);
  for (const Understanding::Pair& pair : source.examples) {
    text += fmt::format("\n  {} / {}: {}{}{}", pair.split, pair.class_name, pair.rgb,
                        pair.rgb.empty() || pair.depth.empty() ? "" : " + ", pair.depth);
  }
  text += "\n" + describe(source.inventory);
  if (text.ends_with('\n')) text.pop_back();
  if (whole) text += fmt::format("\n{}", kOptions);
  return text;
}

std::optional<shard::SourceCounts> counts_to_keep(const dataset::Dataset& dataset,
                                                  const dataset::Inventory& inventory) {
  if (dataset.layout != "folders") return std::nullopt;
  const shard::SourceCounts counts{
      inventory.count(dataset::Fate::kSample), inventory.count(dataset::Fate::kIgnored),
      inventory.count(dataset::Fate::kNotTaken), inventory.count(dataset::Fate::kRefused)};
  if (counts.not_taken == 0 && counts.refused == 0) return std::nullopt;
  return counts;
}

}  // namespace rod::prepare
