#include "prepare/cache/repair.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/whole_number.h"
#include "io/file.h"
#include "prepare/cache/cache.h"
#include "prepare/cache/folder.h"
#include "prepare/cache/shard_notes.h"
#include "shard/shard_reader.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// The plan that the shards were made by, from the first whose header is intact.
std::string plan_of_shards(const fs::path& dataset, const shard::Manifest& manifest) {
  for (const shard::SplitInfo& split : manifest.splits) {
    for (const shard::ShardInfo& shard : split.shards) {
      try {
        const shard::ShardReader reader(dataset / shard.file, manifest.pixels, manifest.codec);
        return notes_from_metadata(reader.metadata(), reader.path()).plan;
      } catch (const Error&) {
        // It is one of the bad ones, or not of rodprep.
      }
    }
  }
  throw BadInput(fmt::format(
      "{}: no shard's header can be read, so how it was made is not known; make it again with "
      "rodprep cache into an empty folder",
      dataset.string()));
}

CacheOptions options_of_plan(const RepairOptions& repair, const shard::Manifest& manifest,
                             const std::string& plan) {
  CacheOptions options;
  options.source = repair.source;
  options.destination = repair.dataset;
  options.layout = repair.layout;
  options.codec = manifest.codec;
  options.size = manifest.pixels.height;
  options.retry = repair.retry;
  options.jobs = repair.jobs;
  options.quiet = repair.quiet;
  options.depth = manifest.pixels.depth == shard::DepthKind::kColour  ? DepthChoice::kColour
                  : manifest.pixels.depth == shard::DepthKind::kRaw16 ? DepthChoice::kRaw16
                                                                      : DepthChoice::kAuto;
  // Pairs that were refused before are refused again; more would be another data set.
  options.skip_bad = true;
  options.max_rejects = 0;
  for (const shard::SplitInfo& split : manifest.splits)
    options.max_rejects += split.lines_left_out.size();
  try {
    const Json json = Json::parse(plan);
    options.shard_bytes = manifest.pixels.ragged()
                              ? 2 * whole_number<std::uint64_t>(json.at("bytes of files per shard"))
                              : whole_number<std::uint64_t>(json.at("pairs per shard")) *
                                    (manifest.pixels.rgb_bytes() + manifest.pixels.depth_bytes());
    if (json.contains("quality")) {
      options.quality = whole_number<decltype(options.quality)>(json.at("quality"));
    }
    options.apply_exif = json.contains("exif");
    if (json.contains("depth scale")) options.depth_scale = json.at("depth scale").get<double>();
    if (json.contains("normals axes")) {
      options.depth = DepthChoice::kNormals;
      options.normals = image::parse_normals_recipe(json.at("normals axes").get<std::string>(),
                                                    json.at("normals scale").get<std::string>(),
                                                    json.at("normals camera").get<std::string>());
    }
  } catch (const std::exception& error) {
    throw BadInput(fmt::format("{}: its shards hold no plan of this program ({})",
                               repair.dataset.string(), error.what()));
  }
  return options;
}

}  // namespace

void repair(const RepairOptions& options, const std::vector<std::string>& bad_shards) {
  const shard::Manifest before = shard::read_manifest(options.dataset);
  const std::string plan = plan_of_shards(options.dataset, before);
  const CacheOptions cache_options = options_of_plan(options, before, plan);
  const std::string difference = plan_difference(plan, cache_plan_text(cache_options));
  if (!difference.empty()) {
    throw BadInput(fmt::format(
        "{}: is not what {} was made from: {}. Give the source of old, and --layout, --split or "
        "--smallset as then; nothing was changed",
        options.source.string(), options.dataset.string(), difference));
  }
  {
    const io::FileLock lock(options.dataset, options.dataset.string());
    // In this order: with the plan there and no manifest, it is an unfinished data set, whatever
    // happens next.
    io::write_file(options.dataset / kPlanName, plan + "\n");
    fs::remove(options.dataset / shard::kManifestName);
    for (const std::string& shard : bad_shards) fs::remove(options.dataset / shard);
  }
  const CacheReport made = cache(cache_options);
  if (made.manifest.fingerprint == before.fingerprint) return;
  throw BadInput(fmt::format(
      "{}: was repaired, but its fingerprint is now {} and was {}: the source's images have "
      "changed, "
      "or zstd is of another version. It is a complete data set, and another one than before",
      options.dataset.string(), made.manifest.fingerprint, before.fingerprint));
}

}  // namespace rod::prepare
