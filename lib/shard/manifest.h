// dataset.json: the contents of a data set. It is written last, so its presence means that the data
// set is complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "io/random_access_file.h"
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
  // lines of the split list (from 0) that produced no sample, ascending
  std::vector<std::uint64_t> lines_left_out;
  std::vector<std::uint64_t> class_counts;  // [classes]
  // Per channel, over all pixels of the split, in 0-1 (relative to 65535 for raw16): 3 numbers, or
  // 1 for raw16 depth. Empty if not measured.
  std::vector<double> rgb_mean, rgb_std, depth_mean, depth_std;
  std::vector<ShardInfo> shards;
};

// Counts of source files, for a data set that does not contain all of them.
struct SourceCounts {
  std::uint64_t samples = 0;    // images of samples
  std::uint64_t ignored = 0;    // litter, lists, texts and other files that are not images
  std::uint64_t not_taken = 0;  // images without a role, or of an unsupported format
  std::uint64_t refused = 0;    // of an unsafe name or kind

  bool operator==(const SourceCounts&) const = default;
};

struct Manifest {
  PixelFormat pixels;
  Codec codec = Codec::kRaw;
  std::string layout;                   // "rod-synrod-2022", "folders", …
  std::vector<std::string> classes;     // [classes], position = label
  std::vector<SplitInfo> splits;        // by name, ascending
  std::optional<SourceCounts> sources;  // present if images of the source were left out
  // Fingerprints of the data sets that it grew from by `cache --append`, oldest first.
  std::vector<std::string> parents;
  std::string fingerprint;  // manifest_fingerprint(*this)

  const SplitInfo* find(const std::string& split) const;  // null: there is none
  // Throws BadInput listing the splits of the data set.
  const SplitInfo& split(const std::string& name) const;
};

inline constexpr const char* kManifestName = "dataset.json";

// Throws BadInput unless `name` has 1 to 64 characters of A-Z a-z 0-9 . _ - and does not start with
// a dot. A split's name is also its folder's.
void check_split_name(const std::string& name);

// Converts between a shard's split and number and its file name "SPLIT/00012.safetensors".
// parse_shard_file_name() throws BadInput for any other form, so no name can refer to a file
// outside the folder.
struct ShardName {
  std::string split;
  std::uint64_t number = 0;
};
std::string shard_file_name(const std::string& split, std::uint64_t number);
ShardName parse_shard_file_name(const std::string& file);

// Returns the XXH3-128, as 32 hex digits, of format_manifest()'s text with all digits of the
// fingerprint replaced by 0. It covers contents (shard hashes, counts) and options, never a path,
// time or host.
std::string manifest_fingerprint(const Manifest& manifest);

// Whether `text` is 32 hexadecimal digits, in lower case.
bool is_fingerprint(const std::string& text);

// Checks the consistency rules of FORMAT.md, "dataset.json": names are safe, counts agree, lists
// ascend. parse_manifest() calls it. Throws BadInput, without a path in the message.
void check_manifest(const Manifest& manifest);

// Returns the canonical text of a manifest. Its fingerprint is computed; `manifest.fingerprint` is
// ignored. Throws BadInput for a name that is not UTF-8.
std::string format_manifest(const Manifest& manifest);

// Parses a manifest. Throws BadInput for unknown versions, wrong types, unsafe shard names,
// inconsistent counts, a wrong fingerprint, and any text that format_manifest() would not write.
Manifest parse_manifest(const std::string& json, const std::string& path);

// Reads FOLDER/dataset.json. `open`: for a FOLDER that is not local; it does its own retries, see
// io::DataFolder. Throws BadInput, with different messages for a missing folder, an incomplete data
// set ("run the same rodprep cache again") and a damaged manifest; and what io::retry() and `open`
// throw.
Manifest read_manifest(const std::filesystem::path& folder, const io::Retrying& retrying = {},
                       const io::FileOpener& open = {});

}  // namespace rod::shard
