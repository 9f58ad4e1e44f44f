#include "prepare/cache/append.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <unordered_set>

#include "base/error.h"
#include "base/stop.h"
#include "io/file.h"
#include "prepare/cache/format_options.h"
#include "prepare/cache/manifest.h"
#include "prepare/cache/reject.h"
#include "prepare/cache/shard_destination.h"
#include "prepare/cache/shard_notes.h"
#include "shard/parents.h"
#include "shard/shard_reader.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kParent = "parent";

// What of a plan's text must stay the same. Its version says how bytes are made, not what readers
// must know.
std::string format_of(const std::string& plan) {
  Json format = Json::object();
  const Json all = Json::parse(plan);
  for (const auto& [name, value] : all.items()) {
    if (name != "version" && name != kParent && !name.starts_with("split ")) format[name] = value;
  }
  return format.dump();
}

std::string with_parent(const std::string& plan, const std::string& parent) {
  Json text = Json::parse(plan);
  text[kParent] = parent;
  return text.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::uint64_t images(const shard::Manifest& manifest) {
  std::uint64_t samples = 0;
  for (const shard::SplitInfo& split : manifest.splits) samples += split.samples;
  return samples * (std::uint64_t{manifest.pixels.has_rgb()} + manifest.pixels.has_depth());
}

std::optional<shard::SourceCounts> sum(const shard::Manifest& before, const shard::Manifest& added,
                                       const std::optional<shard::SourceCounts>& sources) {
  if (!before.sources && !sources) return std::nullopt;
  const shard::SourceCounts a = before.sources.value_or(shard::SourceCounts{images(before)});
  const shard::SourceCounts b = sources.value_or(shard::SourceCounts{images(added)});
  return shard::SourceCounts{a.samples + b.samples, a.ignored + b.ignored,
                             a.not_taken + b.not_taken, a.refused + b.refused};
}

// `split` followed by `added`; all but the statistics.
void join(const shard::SplitInfo& added, shard::SplitInfo& split) {
  const std::uint64_t first_line = split.samples + split.lines_left_out.size();
  for (const std::uint64_t line : added.lines_left_out)
    split.lines_left_out.push_back(first_line + line);
  for (std::size_t label = 0; label < added.class_counts.size(); ++label)
    split.class_counts[label] += added.class_counts[label];
  split.samples += added.samples;
  split.shards.insert(split.shards.end(), added.shards.begin(), added.shards.end());
}

using Keys = std::unordered_set<std::string_view>;

// Throws what look_at_shards() throws.
ShardNotes look_at(const fs::path& folder, const shard::Manifest& manifest,
                   const shard::ShardInfo& shard, const Keys* added) {
  const fs::path path = folder / shard.file;
  try {
    const shard::ShardReader reader(path, manifest.pixels, manifest.codec);
    if (reader.bytes() != shard.bytes || reader.samples() != shard.samples) {
      throw BadInput(fmt::format("{}: has {} samples in {} bytes, the manifest says {} in {}",
                                 path.string(), reader.samples(), reader.bytes(), shard.samples,
                                 shard.bytes));
    }
    for (std::uint64_t n = 0; added != nullptr && n < reader.samples(); ++n) {
      if (added->count(reader.key(n)) == 0) continue;
      throw Error(ErrorKind::kBadInput,  // no BadInput: nothing is damaged
                  fmt::format("the pair '{}' is already in {} (sample {}), and a key names one "
                              "sample of a split; append only what is new",
                              reader.key(n), path.string(), n));
    }
    return notes_from_metadata(reader.metadata(), path.string());
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}; run rodprep verify {} first", error.what(), folder.string()));
  } catch (const SystemError& error) {
    throw BadInput(fmt::format("{}; run rodprep verify {} first", error.what(), folder.string()));
  }
}

}  // namespace

DatasetBefore dataset_before(const fs::path& folder) {
  if (!fs::exists(folder / shard::kManifestName)) {
    throw BadInput(fmt::format(
        "{}: holds no complete data set to append to (no {}); omit --append to make one",
        folder.string(), shard::kManifestName));
  }
  DatasetBefore before{shard::read_manifest(folder), ""};
  for (const std::string& parent : before.manifest.parents)
    shard::read_parent(folder, before.manifest, parent);
  before.plan = plan_of_shards(folder, before.manifest);
  return before;
}

void take_labels(const DatasetBefore& before, const std::string& source,
                 dataset::Dataset& dataset) {
  const std::vector<std::string>& known = before.manifest.classes;
  std::vector<std::int64_t> labels;
  std::string unknown;
  for (const std::string& name : dataset.classes) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) unknown += fmt::format("{}'{}'", unknown.empty() ? "" : ", ", name);
    labels.push_back(found - known.begin());
  }
  if (!unknown.empty()) {
    throw BadInput(fmt::format(
        "{}: has classes that the data set lacks: {}. Labels are positions in its list of {} "
        "classes, so that list can't grow; leave these classes out, or make a new data set of all "
        "sources",
        source, unknown, known.size()));
  }
  dataset.classes = known;
  for (dataset::Split& split : dataset.splits) {
    for (dataset::Sample& sample : split.samples)
      sample.label = labels.at(static_cast<std::size_t>(sample.label));
  }
}

void continue_plan(const fs::path& folder, const DatasetBefore& before,
                   const dataset::Dataset& dataset, CachePlan& plan) {
  const std::string difference = plan_difference(format_of(before.plan), format_of(plan.text));
  if (!difference.empty()) {
    throw BadInput(
        fmt::format("{}: can't grow by pairs of another layout or format: {}. Leave the options "
                    "of the format out, as --append takes them from the data set, or use another "
                    "folder",
                    folder.string(), difference));
  }
  std::map<std::string, std::uint64_t> next;
  for (const shard::SplitInfo& split : before.manifest.splits) {
    if (!split.shards.empty())
      next[split.name] = shard::parse_shard_file_name(split.shards.back().file).number + 1;
  }
  for (ShardUnit& unit : plan.units) {
    const std::string& name = dataset.splits[unit.split].name;
    unit.file = shard::shard_file_name(name, next[name]++);
  }
  plan.text = with_parent(plan.text, before.manifest.fingerprint);
}

bool was_appended(const fs::path& folder, const DatasetBefore& before, const CachePlan& plan) {
  if (before.manifest.parents.empty()) return false;
  const std::string& parent = before.manifest.parents.back();
  const shard::Manifest then = shard::read_parent(folder, before.manifest, parent);
  const std::string text = with_parent(plan.text, parent);
  for (const shard::SplitInfo& split : before.manifest.splits) {
    const shard::SplitInfo* const old = then.find(split.name);
    if (old != nullptr && old->shards.size() == split.shards.size()) continue;
    return look_at(folder, before.manifest, split.shards.back(), nullptr).plan == text;
  }
  return false;
}

std::map<std::string, SplitSums> look_at_shards(const fs::path& folder, const DatasetBefore& before,
                                                const dataset::Dataset& dataset) {
  std::map<std::string, SplitSums> sums;
  for (const shard::SplitInfo& split : before.manifest.splits) {
    Keys added;
    for (const dataset::Split& one : dataset.splits) {
      if (one.name != split.name) continue;
      for (const dataset::Sample& sample : one.samples) added.insert(sample.key);
    }
    SplitSums& of = sums[split.name];
    of.rgb.resize(split.shards.size());
    of.depth.resize(split.shards.size());
    tbb::parallel_for(std::size_t{0}, split.shards.size(), [&](std::size_t s) {
      throw_if_stopped(kGoOnCaching);
      const ShardNotes notes = look_at(folder, before.manifest, split.shards[s], &added);
      of.rgb[s] = notes.rgb;
      of.depth[s] = notes.depth;
    });
  }
  return sums;
}

shard::Manifest grown(const DatasetBefore& before, std::map<std::string, SplitSums> sums,
                      const dataset::Dataset& dataset, const CachePlan& plan,
                      const std::vector<UnitResult>& results,
                      const std::optional<shard::SourceCounts>& sources) {
  shard::Manifest all = before.manifest;
  const shard::Manifest added = make_manifest(dataset, plan, results);
  for (std::size_t u = 0; u < results.size(); ++u) {
    SplitSums& of = sums[dataset.splits[plan.units[u].split].name];
    of.rgb.push_back(results[u].rgb);
    of.depth.push_back(results[u].depth);
  }
  for (const shard::SplitInfo& split : added.splits) {
    const auto after = std::lower_bound(
        all.splits.begin(), all.splits.end(), split.name,
        [](const shard::SplitInfo& one, const std::string& name) { return one.name < name; });
    if (after == all.splits.end() || after->name != split.name) {
      all.splits.insert(after, split);
      continue;
    }
    join(split, *after);
    const SplitSums& of = sums.at(split.name);
    set_statistics(of.rgb, of.depth, all.pixels.depth, *after);
  }
  all.sources = sum(before.manifest, added, sources);
  all.parents.push_back(before.manifest.fingerprint);
  all.fingerprint = shard::manifest_fingerprint(all);
  return all;
}

std::string appended_rejects_name(const shard::Manifest& grown) {
  return fmt::format("rejects-{}.jsonl", grown.parents.size());
}

void publish_grown(const fs::path& folder, const DatasetBefore& before,
                   const shard::Manifest& grown, const std::string& rejects) {
  io::make_folders(folder / shard::kParentsFolder);
  io::write_file(folder / shard::parent_file_name(before.manifest.fingerprint),
                 shard::format_manifest(before.manifest));
  publish_manifest(folder, rejects, grown, appended_rejects_name(grown));
}

}  // namespace rod::prepare
