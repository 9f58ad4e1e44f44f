#include "shard/manifest.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/units.h"
#include "io/drive_file.h"

namespace rod::shard {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "rod-dataset";
constexpr unsigned kVersion = 1;
constexpr unsigned kVersionWithSources = 2;
constexpr unsigned kVersionWithParents = 3;
constexpr unsigned kVersionOfDepthAlone = 4;
constexpr const char* kNoRgb = "none";
constexpr const char* kNoFingerprint = "00000000000000000000000000000000";

Json split_to_json(const SplitInfo& split) {
  Json shards = Json::array();
  for (const ShardInfo& shard : split.shards) {
    shards.push_back({{"file", shard.file},
                      {"samples", shard.samples},
                      {"bytes", shard.bytes},
                      {"hash", shard.hash.hex()}});
  }
  return {{"name", split.name},
          {"samples", split.samples},
          {"refused_lines", split.lines_left_out},
          {"class_counts", split.class_counts},
          {"rgb_mean", split.rgb_mean},
          {"rgb_std", split.rgb_std},
          {"depth_mean", split.depth_mean},
          {"depth_std", split.depth_std},
          {"shards", std::move(shards)}};
}

// The first that knows all its members: what did not grow has the text that it always had.
unsigned version_of(const Manifest& manifest) {
  return !manifest.pixels.has_rgb()  ? kVersionOfDepthAlone
         : !manifest.parents.empty() ? kVersionWithParents
         : manifest.sources          ? kVersionWithSources
                                     : kVersion;
}

std::string to_text(const Manifest& manifest, const std::string& fingerprint) {
  Json splits = Json::array();
  for (const SplitInfo& split : manifest.splits) splits.push_back(split_to_json(split));
  Json json = {{"format", kFormat},
               {"version", version_of(manifest)},
               {"fingerprint", fingerprint},
               {"layout", manifest.layout},
               {"codec", codec_name(manifest.codec)},
               {"height", manifest.pixels.height},
               {"width", manifest.pixels.width},
               {"depth", depth_kind_name(manifest.pixels.depth)}};
  if (!manifest.pixels.has_rgb()) json["rgb"] = kNoRgb;
  json["classes"] = manifest.classes;
  json["splits"] = std::move(splits);
  if (const auto& sources = manifest.sources) {
    json["sources"] = {{"samples", sources->samples},
                       {"ignored", sources->ignored},
                       {"not_taken", sources->not_taken},
                       {"refused", sources->refused}};
  }
  if (!manifest.parents.empty()) json["parents"] = manifest.parents;
  try {
    return json.dump(1) + "\n";
  } catch (const nlohmann::json::exception& error) {
    throw BadInput(
        fmt::format("a class name or layout can't be written to {}, because it is not UTF-8: {}",
                    kManifestName, error.what()));
  }
}

Hash128 hash_from_hex(const std::string& hex) {
  const auto half = [&hex](std::size_t from) {
    return std::stoull(hex.substr(from, 16), nullptr, 16);
  };
  return {half(0), half(16)};
}

std::uint64_t count(const Json& json) {
  return whole_number<std::uint64_t>(json);
}

std::uint32_t side(const Json& json) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(count(json), kMaxImageSide + 1));
}

std::vector<std::uint64_t> counts(const Json& json) {
  std::vector<std::uint64_t> values;
  for (const Json& value : json) values.push_back(count(value));
  return values;
}

ShardInfo shard_from_json(const Json& json) {
  ShardInfo shard;
  shard.file = json.at("file").get<std::string>();
  shard.samples = count(json.at("samples"));
  shard.bytes = count(json.at("bytes"));
  const auto hash = json.at("hash").get<std::string>();
  if (!is_fingerprint(hash)) {
    throw BadInput(fmt::format("hash '{}' of '{}' is not 32 hex digits", hash, shard.file));
  }
  shard.hash = hash_from_hex(hash);
  return shard;
}

SplitInfo split_from_json(const Json& json) {
  SplitInfo split;
  split.name = json.at("name").get<std::string>();
  split.samples = count(json.at("samples"));
  split.lines_left_out = counts(json.at("refused_lines"));
  split.class_counts = counts(json.at("class_counts"));
  split.rgb_mean = json.at("rgb_mean").get<std::vector<double>>();
  split.rgb_std = json.at("rgb_std").get<std::vector<double>>();
  split.depth_mean = json.at("depth_mean").get<std::vector<double>>();
  split.depth_std = json.at("depth_std").get<std::vector<double>>();
  for (const Json& shard : json.at("shards")) split.shards.push_back(shard_from_json(shard));
  return split;
}

Manifest from_json(const Json& json) {
  if (json.at("format").get<std::string>() != kFormat)
    throw BadInput("'format' is not rod-dataset");
  const std::uint64_t version = count(json.at("version"));
  if (version < kVersion || version > kVersionOfDepthAlone) {
    throw BadInput(
        fmt::format("version {} is not known (expected {} to {}); use the program that wrote it",
                    version, kVersion, kVersionOfDepthAlone));
  }
  Manifest manifest;
  manifest.fingerprint = json.at("fingerprint").get<std::string>();
  manifest.layout = json.at("layout").get<std::string>();
  manifest.codec = codec_from_name(json.at("codec").get<std::string>());
  manifest.pixels = {side(json.at("height")), side(json.at("width")),
                     depth_kind_from_name(json.at("depth").get<std::string>()),
                     version == kVersionOfDepthAlone};
  manifest.classes = json.at("classes").get<std::vector<std::string>>();
  for (const Json& split : json.at("splits")) manifest.splits.push_back(split_from_json(split));
  if (version == kVersionWithParents || json.contains("parents"))
    manifest.parents = json.at("parents").get<std::vector<std::string>>();
  if (version == kVersionWithSources || json.contains("sources")) {
    const Json& sources = json.at("sources");
    manifest.sources = {count(sources.at("samples")), count(sources.at("ignored")),
                        count(sources.at("not_taken")), count(sources.at("refused"))};
  }
  check_manifest(manifest);
  return manifest;
}

}  // namespace

std::string manifest_fingerprint(const Manifest& manifest) {
  const std::string text = to_text(manifest, kNoFingerprint);
  return hash128(std::string_view(text)).hex();
}

std::string format_manifest(const Manifest& manifest) {
  return to_text(manifest, manifest_fingerprint(manifest));
}

Manifest parse_manifest(const std::string& text, const std::string& path) {
  const auto refuse = [&path](const std::string& what) {
    return BadInput(fmt::format("{}: {}; if the file is damaged, run the same rodprep cache again",
                                path, what));
  };
  try {
    Manifest manifest = from_json(Json::parse(text));
    const std::string expected = manifest_fingerprint(manifest);
    if (manifest.fingerprint != expected) {
      throw BadInput(fmt::format("its fingerprint is {}, expected {}: its content was changed",
                                 manifest.fingerprint, expected));
    }
    // Catches what JSON allows and the fingerprint can't see: doubled or unknown members, other
    // spacing.
    if (format_manifest(manifest) != text) throw BadInput("its text is not as rodprep writes it");
    return manifest;
  } catch (const nlohmann::json::exception& error) {
    throw refuse(fmt::format("is not a dataset manifest ({})", error.what()));
  } catch (const BadInput& error) {
    throw refuse(error.what());
  }
}

Manifest read_manifest(const std::filesystem::path& folder, const io::Retrying& retrying,
                       const io::FileOpener& open) {
  const std::filesystem::path path = folder / kManifestName;
  if (open) return parse_manifest(io::read_text(*open(path)), path.string());
  const auto mode = [&](const std::filesystem::path& of) {
    struct stat status {};
    io::retry(retrying, [&] {
      if (::stat(of.c_str(), &status) != 0 && io::may_pass(errno))
        throw_errno(of.string(), "find it");
    });
    return status.st_mode;  // 0: it is not there
  };
  if (!S_ISDIR(mode(folder))) {
    throw BadInput(fmt::format("{}: is not a folder; give the folder that rodprep cache wrote",
                               folder.string()));
  }
  if (mode(path) == 0) {
    throw BadInput(fmt::format(
        "{}: has no {}, so it is not a finished data set; run the same rodprep cache again",
        folder.string(), kManifestName));
  }
  return parse_manifest(io::read_text(*io::open_retrying(path, retrying)), path.string());
}

const SplitInfo* Manifest::find(const std::string& split) const {
  const auto found = std::find_if(splits.begin(), splits.end(),
                                  [&](const SplitInfo& one) { return one.name == split; });
  return found == splits.end() ? nullptr : &*found;
}

const SplitInfo& Manifest::split(const std::string& name) const {
  if (const SplitInfo* const found = find(name)) return *found;
  std::string names;
  for (const SplitInfo& split : splits) names += (names.empty() ? "" : ", ") + split.name;
  throw BadInput(fmt::format("there is no split '{}'; the data set has: {}", name,
                             names.empty() ? "none" : names));
}

}  // namespace rod::shard
