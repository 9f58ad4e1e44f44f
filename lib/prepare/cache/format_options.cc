#include "prepare/cache/format_options.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/units.h"
#include "prepare/cache/shard_notes.h"
#include "shard/shard_reader.h"

namespace rod::prepare {
namespace {

using Json = nlohmann::ordered_json;

std::uint64_t shard_bytes_of(const shard::PixelFormat& pixels, const Json& plan) {
  return pixels.ragged() ? 2 * whole_number<std::uint64_t>(plan.at("bytes of files per shard"))
                         : whole_number<std::uint64_t>(plan.at("pairs per shard")) *
                               (pixels.rgb_bytes() + pixels.depth_bytes());
}

}  // namespace

std::string plan_of_shards(const std::filesystem::path& dataset, const shard::Manifest& manifest) {
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
  throw BadInput(
      fmt::format("{}: no shard's header can be read, so its options are unknown; rebuild it with "
                  "rodprep cache in an empty folder",
                  dataset.string()));
}

void take_format(const std::filesystem::path& dataset, const shard::Manifest& manifest,
                 const std::string& text, const FormatGiven& given, CacheOptions& options) {
  const bool colour = manifest.pixels.depth == shard::DepthKind::kColour;
  const bool raw16 = manifest.pixels.depth == shard::DepthKind::kRaw16;
  if (!given.codec) {
    options.codec = manifest.codec;
    options.choose_codec = false;
  }
  if (!given.size) options.size = manifest.pixels.height;
  if (!given.depth) {
    options.depth = colour  ? DepthChoice::kColour
                    : raw16 ? DepthChoice::kRaw16
                            : DepthChoice::kAuto;
  }
  try {
    const Json plan = Json::parse(text);
    if (!given.shard_bytes) options.shard_bytes = shard_bytes_of(manifest.pixels, plan);
    if (!given.quality && plan.contains("quality"))
      options.quality = whole_number<decltype(options.quality)>(plan.at("quality"));
    if (!given.exif) options.apply_exif = plan.contains("exif");
    if (!given.depth_scale)
      options.depth_scale = plan.contains("depth scale") ? plan.at("depth scale").get<double>() : 0;
    if (plan.contains("normals axes")) {
      if (!given.depth) options.depth = DepthChoice::kNormals;
      if (!given.normals) {
        options.normals = image::parse_normals_recipe(plan.at("normals axes").get<std::string>(),
                                                      plan.at("normals scale").get<std::string>(),
                                                      plan.at("normals camera").get<std::string>());
      }
    }
  } catch (const std::exception& error) {
    throw BadInput(fmt::format("{}: its shards contain no plan of this program ({})",
                               dataset.string(), error.what()));
  }
}

}  // namespace rod::prepare
