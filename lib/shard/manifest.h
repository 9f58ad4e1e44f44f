// dataset.json: what a data set consists of. Written last; its presence means complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "io/retry.h"
#include "shard/pixels.h"

namespace rod::shard {

struct ShardInfo {
  std::string file;  // relative to the data set folder: "ROD/00000.safetensors"
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;
  Hash128 hash;  // XXH3-128 of the whole file
};

struct SplitInfo {
  std::string name;  // "synROD-train", "synROD-test", "ROD"
  std::uint64_t samples = 0;
  // lines of the split list (from 0) that gave no sample, ascending
  std::vector<std::uint64_t> refused_lines;
  std::vector<std::uint64_t> class_counts;  // [classes]
  // Per channel, over all pixels of the split, in 0-1 (of 65535 for raw16): 3 numbers, or 1 for
  // raw16 depth; empty where they were not measured.
  std::vector<double> rgb_mean, rgb_std, depth_mean, depth_std;
  std::vector<ShardInfo> shards;
};

// Files of a source of which not all are in the data set.
struct SourceCounts {
  std::uint64_t samples = 0;    // images of samples
  std::uint64_t ignored = 0;    // litter, lists, texts and what is no image
  std::uint64_t not_taken = 0;  // images without a role, or of a format that is not read
  std::uint64_t refused = 0;    // of an unsafe name or kind

  bool operator==(const SourceCounts&) const = default;
};

struct Manifest {
  PixelFormat pixels;
  Codec codec = Codec::kRaw;
  std::string layout;                   // "rod-synrod-2022", "folders", …
  std::vector<std::string> classes;     // [classes], position = label
  std::vector<SplitInfo> splits;        // by name, ascending
  std::optional<SourceCounts> sources;  // where images of the source were left out
  std::string fingerprint;              // manifest_fingerprint(*this)

  // Errors: BadInput listing the splits there are.
  const SplitInfo& split(const std::string& name) const;
};

inline constexpr const char* kManifestName = "dataset.json";

// A split's name is its folder: 1 to 64 of A-Z a-z 0-9 . _ -, no dot first. Errors: BadInput.
void check_split_name(const std::string& name);

// "SPLIT/00012.safetensors", the only form of name that a manifest may hold, and back.
// parse_shard_file_name() accepts nothing else, so no name leaves the folder. Errors: BadInput.
struct ShardName {
  std::string split;
  std::uint64_t number = 0;
};
std::string shard_file_name(const std::string& split, std::uint64_t number);
ShardName parse_shard_file_name(const std::string& file);

// XXH3-128, as 32 hex digits, of everything in the manifest besides `fingerprint` itself: contents
// (shard hashes, counts) and options, never a path, time or host. Exactly: of format_manifest()'s
// text with the digits of its fingerprint all 0.
std::string manifest_fingerprint(const Manifest& manifest);

// The rules between a manifest's members (FORMAT.md, "dataset.json"): names are safe, counts agree,
// orders ascend. parse_manifest() applies them. Errors: BadInput without a path.
void check_manifest(const Manifest& manifest);

// The one text of a manifest; its fingerprint is computed, whatever `manifest.fingerprint` holds.
// Errors: BadInput for a name that is no UTF-8.
std::string format_manifest(const Manifest& manifest);

// Strict: unknown versions, wrong types, unsafe shard names, counts that disagree, a wrong
// fingerprint and any text that format_manifest() would not write are BadInput.
Manifest parse_manifest(const std::string& json, const std::string& path);

// Reads FOLDER/dataset.json. Errors: BadInput that tells a missing folder, an unfinished data set
// ("run the same rodprep cache again") and a damaged manifest apart; io::retry()'s.
Manifest read_manifest(const std::filesystem::path& folder, const io::Retrying& retrying = {});

}  // namespace rod::shard
