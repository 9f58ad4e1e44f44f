#include "prepare/cache/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>

#include "base/hash.h"
#include "shard/manifest.h"

namespace rod::prepare {
namespace {

using Json = nlohmann::ordered_json;

// Raised when the same plan starts to give other bytes.
constexpr int kPlanVersion = 2;

// Where the source lies and how its upper folders are called is left out: a folder and its archive
// are equal. `bytes`: of each sample's files. `corners`: those of the crops count too.
Json split_json(const dataset::Split& split, const dataset::Tree& tree, bool corners,
                std::vector<std::uint64_t>& bytes) {
  Hasher hasher;
  for (const dataset::Sample& sample : split.samples) {
    bytes.push_back(0);
    std::string entry = fmt::format("{}\n{} {}", sample.key, sample.label, sample.line);
    for (const std::string_view file : {sample.rgb, sample.depth}) {
      if (file.empty()) continue;
      if (tree.contains(file)) {
        const std::uint64_t size = tree.size(file);
        bytes.back() += size;
        entry += fmt::format("\n{} {}", file.substr(split.folder.size()), size);
      } else {
        entry += "\nabsent";
      }
    }
    if (const std::string corner = corners ? corner_file(sample.depth) : "";
        tree.contains(corner)) {
      entry += fmt::format("\n{} {}", corner.substr(split.folder.size()), tree.size(corner));
    }
    hasher.update(entry + "\n");
  }
  return {{"pairs", split.samples.size()}, {"names and sizes", hasher.digest().hex()}};
}

std::string hash_of(const std::vector<std::string>& names) {
  Hasher hasher;
  for (const std::string& name : names) hasher.update(name + "\n");
  return hasher.digest().hex();
}

// Where units end, at most `most_bytes` of files in each but for a single larger pair.
std::size_t unit_end(const std::vector<std::uint64_t>& bytes, std::size_t first,
                     std::uint64_t most_bytes) {
  std::uint64_t sum = bytes[first];
  std::size_t end = first + 1;
  while (end < bytes.size() && sum + bytes[end] <= most_bytes) sum += bytes[end++];
  return end;
}

}  // namespace

std::string corner_file(std::string_view depth_path) {
  constexpr std::string_view kEnd = "_depthcrop.png";
  if (!depth_path.ends_with(kEnd)) return "";
  return std::string(depth_path.substr(0, depth_path.size() - kEnd.size())) + "_loc.txt";
}

CachePlan make_plan(const dataset::Dataset& dataset, const dataset::Tree& tree,
                    const shard::PixelFormat& pixels, shard::Codec codec, std::uint64_t shard_bytes,
                    const EncodingOptions& encoding) {
  CachePlan plan;
  plan.pixels = pixels;
  plan.codec = codec;
  plan.encoding = encoding;
  const std::uint64_t shard_samples =
      pixels.ragged()
          ? 0
          : std::max<std::uint64_t>(1, shard_bytes / (pixels.rgb_bytes() + pixels.depth_bytes()));

  Json text{{"version", kPlanVersion},
            {"layout", dataset.layout},
            {"size", pixels.height},
            {"codec", shard::codec_name(codec)},
            {"depth", shard::depth_kind_name(pixels.depth)},
            {"pairs per shard", shard_samples},
            {"class names", hash_of(dataset.classes)}};
  if (!pixels.has_rgb()) text["rgb"] = "none";
  if (pixels.ragged()) text["bytes of files per shard"] = shard_bytes / 2;
  if (codec->has_quality) text["quality"] = encoding.quality;
  if (encoding.apply_exif) text["exif"] = "apply";
  if (encoding.depth_scale > 0) text["depth scale"] = encoding.depth_scale;
  if (const auto& normals = encoding.normals) {
    text["normals axes"] = normals->axes_text();
    text["normals scale"] = normals->scale_text();
    text["normals camera"] = normals->camera_text();
  }
  for (std::size_t s = 0; s < dataset.splits.size(); ++s) {
    const dataset::Split& split = dataset.splits[s];
    std::vector<std::uint64_t> bytes;
    text["split " + split.name] = split_json(split, tree, encoding.normals.has_value(), bytes);
    for (std::size_t first = 0, n = 0, count = 0; first < split.samples.size();
         first += count, ++n) {
      count = pixels.ragged() ? unit_end(bytes, first, shard_bytes / 2) - first
                              : std::min<std::size_t>(shard_samples, split.samples.size() - first);
      const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(first);
      plan.units.push_back(
          {s, first, count,
           std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(count), std::uint64_t{0}),
           shard::shard_file_name(split.name, n)});
    }
  }
  plan.text = text.dump(-1, ' ', false, Json::error_handler_t::replace);
  return plan;
}

std::string plan_difference(const std::string& before, const std::string& now) {
  if (before == now) return "";
  const Json old_plan = Json::parse(before, nullptr, false), new_plan = Json::parse(now);
  if (!old_plan.is_object()) return "the earlier plan is unreadable";
  std::string difference;
  const auto tell = [&](const std::string& what) {
    difference += (difference.empty() ? "" : "; ") + what;
  };
  for (const auto& [key, value] : new_plan.items()) {
    if (!old_plan.contains(key)) {
      tell(key + " is new");
    } else if (old_plan[key] != value) {
      tell(value.is_object() ? key + " lists other pairs or files of other sizes"
           : key == "class names"
               ? "class names differ"
               : fmt::format("{} was {}, is now {}", key, old_plan[key].dump(), value.dump()));
    }
  }
  for (const auto& [key, value] : old_plan.items()) {
    if (!new_plan.contains(key)) tell(key + " is gone");
  }
  return difference;
}

}  // namespace rod::prepare
