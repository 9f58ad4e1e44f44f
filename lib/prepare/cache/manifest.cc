#include "prepare/cache/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"

namespace rod::prepare {
namespace {

void add(const std::vector<std::uint64_t>& counts, std::vector<std::uint64_t>& to) {
  for (std::size_t n = 0; n < counts.size(); ++n) to[n] += counts[n];
}

}  // namespace

void count_samples(const dataset::Dataset& dataset, const ShardUnit& unit, UnitResult& result) {
  const std::vector<dataset::Sample>& samples = dataset.splits[unit.split].samples;
  result.class_counts.assign(dataset.classes.size(), 0);
  result.lines_left_out.clear();
  std::uint64_t next = unit.first == 0 ? 0 : samples[unit.first - 1].line + 1;
  auto refused = result.rejects.begin();
  for (std::size_t n = unit.first; n < unit.first + unit.count; ++n) {
    const dataset::Sample& sample = samples[n];
    while (next < sample.line) result.lines_left_out.push_back(next++);  // comments, blank lines
    next = sample.line + 1;
    if (refused != result.rejects.end() && refused->line == sample.line) {
      result.lines_left_out.push_back(sample.line);
      ++refused;
    } else {
      ++result.class_counts[static_cast<std::size_t>(sample.label)];
    }
  }
}

void set_statistics(const std::vector<ChannelSums>& rgb, const std::vector<ChannelSums>& depth,
                    shard::DepthKind kind, shard::SplitInfo& split) {
  const bool millimetres = kind == shard::DepthKind::kRaw16;
  ChannelMoments of_rgb = channel_moments(rgb, 3, 1);
  ChannelMoments of_depth = channel_moments(depth, millimetres ? 1 : 3, millimetres ? 2 : 1);
  split.rgb_mean = std::move(of_rgb.mean);
  split.rgb_std = std::move(of_rgb.deviation);
  split.depth_mean = std::move(of_depth.mean);
  split.depth_std = std::move(of_depth.deviation);
}

shard::Manifest make_manifest(const dataset::Dataset& dataset, const CachePlan& plan,
                              const std::vector<UnitResult>& results) {
  shard::Manifest manifest;
  manifest.pixels = plan.pixels;
  manifest.codec = plan.codec;
  manifest.layout = dataset.layout;
  manifest.classes = dataset.classes;
  for (std::size_t s = 0; s < dataset.splits.size(); ++s) {
    shard::SplitInfo info;
    info.name = dataset.splits[s].name;
    info.class_counts.resize(dataset.classes.size());
    std::vector<ChannelSums> rgb, depth;
    std::uint64_t pairs = 0;
    for (std::size_t u = 0; u < plan.units.size(); ++u) {
      if (plan.units[u].split != s) continue;
      pairs += plan.units[u].count;
      add(results[u].class_counts, info.class_counts);
      info.lines_left_out.insert(info.lines_left_out.end(), results[u].lines_left_out.begin(),
                                 results[u].lines_left_out.end());
      if (results[u].shard.samples == 0) continue;
      info.samples += results[u].shard.samples;
      info.shards.push_back(results[u].shard);
      rgb.push_back(results[u].rgb);
      depth.push_back(results[u].depth);
    }
    if (info.samples == 0) {
      throw BadInput(fmt::format("{}: all of its {} pairs were rejected; check its list and images",
                                 info.name, pairs));
    }
    set_statistics(rgb, depth, plan.pixels.depth, info);
    manifest.splits.push_back(std::move(info));
  }
  manifest.fingerprint = shard::manifest_fingerprint(manifest);
  return manifest;
}

std::string format_rejects(const dataset::Dataset& dataset, const CachePlan& plan,
                           const std::vector<UnitResult>& results) {
  using Json = nlohmann::ordered_json;
  std::string lines;
  for (std::size_t u = 0; u < plan.units.size(); ++u) {
    for (const Reject& reject : results[u].rejects) {
      const Json line{{"key", reject.key},
                      {"split", dataset.splits[plan.units[u].split].name},
                      {"line", reject.line},
                      {"file", reject.file},
                      {"reason", reject.reason}};
      lines += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    }
  }
  return lines;
}

void publish_manifest(const std::filesystem::path& folder, const std::string& rejects,
                      const shard::Manifest& manifest, const std::string& rejects_name) {
  if (rejects.empty()) {
    std::filesystem::remove(folder / rejects_name);
  } else {
    io::write_file(folder / rejects_name, rejects);
  }
  io::write_file(folder / shard::kManifestName, shard::format_manifest(manifest));
}

}  // namespace rod::prepare
