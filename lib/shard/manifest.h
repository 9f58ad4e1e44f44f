// dataset.json: what a data set consists of. Written last; its presence means complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/hash.h"
#include "shard/pixels.h"

namespace rod {

struct ShardInfo {
  std::string file;       // relative to the data set folder: "ROD/00000.safetensors"
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;
  Hash128 hash;           // XXH3-128 of the whole file
};

struct SplitInfo {
  std::string name;                         // "synROD-train", "synROD-test", "ROD"
  std::uint64_t samples = 0;
  std::vector<std::uint64_t> refused_lines; // lines of the split list (from 0) that gave no sample, ascending
  std::vector<std::uint64_t> class_counts;  // [classes]
  // Per channel, over all pixels of the split, in 0-1; empty for raw16 depth's unused channels.
  std::vector<double> rgb_mean, rgb_std, depth_mean, depth_std;
  std::vector<ShardInfo> shards;
};

struct Manifest {
  PixelFormat pixels;
  Codec codec = Codec::kRaw;
  std::string layout;                       // "rod-synrod-2022", "folders", …
  std::vector<std::string> classes;         // [classes], position = label
  std::vector<SplitInfo> splits;            // by name, ascending
  std::string fingerprint;                  // of contents and options: 32 hex digits

  // Errors: BadInput listing the splits there are.
  const SplitInfo& split(const std::string& name) const;
};

inline constexpr const char* kManifestName = "dataset.json";

// Strict: unknown versions, wrong types, unsafe shard names and counts that disagree are BadInput.
Manifest parse_manifest(const std::string& json, const std::string& path);
std::string format_manifest(const Manifest& manifest);

// Reads FOLDER/dataset.json. Errors: BadInput that tells a missing folder, an unfinished data set
// ("run the same rodprep cache again") and a damaged manifest apart.
Manifest read_manifest(const std::filesystem::path& folder);

}  // namespace rod
