#include "prepare/cache/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "io/file.h"

namespace rod::prepare {
namespace {

// Lines from 0 up to the last sample's that gave none: rejects, comments, blank lines.
std::vector<std::uint64_t> lines_without_sample(const dataset::Split& split,
                                                const std::set<std::uint64_t>& refused) {
  std::vector<std::uint64_t> lines;
  std::uint64_t next = 0;
  for (const dataset::Sample& sample : split.samples) {
    while (next < sample.line) lines.push_back(next++);
    if (refused.count(sample.line) > 0) lines.push_back(sample.line);
    next = sample.line + 1;
  }
  return lines;
}

}  // namespace

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
    const dataset::Split& split = dataset.splits[s];
    shard::SplitInfo info;
    info.name = split.name;
    std::vector<ChannelSums> rgb, depth;
    std::set<std::uint64_t> refused;
    for (std::size_t u = 0; u < plan.units.size(); ++u) {
      if (plan.units[u].split != s) continue;
      for (const Reject& reject : results[u].rejects) refused.insert(reject.line);
      if (results[u].shard.samples == 0) continue;
      info.samples += results[u].shard.samples;
      info.shards.push_back(results[u].shard);
      rgb.push_back(results[u].rgb);
      depth.push_back(results[u].depth);
    }
    if (info.samples == 0) {
      throw BadInput(
          fmt::format("{}: every one of its {} pairs was refused; see what its list and images are",
                      split.name, split.samples.size()));
    }
    info.class_counts.resize(dataset.classes.size());
    for (const dataset::Sample& sample : split.samples) {
      if (refused.count(sample.line) == 0)
        ++info.class_counts[static_cast<std::size_t>(sample.label)];
    }
    info.lines_left_out = lines_without_sample(split, refused);
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
