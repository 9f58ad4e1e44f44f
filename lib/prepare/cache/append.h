// `rodprep cache --append`: a complete data set grows by the pairs of another source.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dataset/layout.h"
#include "prepare/cache/cache.h"
#include "prepare/cache/channel_sums.h"
#include "prepare/cache/plan.h"
#include "prepare/cache/unit_result.h"
#include "shard/manifest.h"

// Note [Append]: new pairs become new shards after the old ones, which are not changed. The old
// dataset.json is saved as parents/FINGERPRINT.json, then replaced atomically. Until then, readers
// see the complete old data set. After an interruption, the next run of the same command keeps the
// finished new shards: each one's header contains its plan, which names the parent.

namespace rod::prepare {

// The data set before the append.
struct DatasetBefore {
  shard::Manifest manifest;
  std::string plan;  // CachePlan::text of its first shards
};

// Throws BadInput if the data set is incomplete, damaged or not made by this program.
DatasetBefore dataset_before(const std::filesystem::path& folder);

// Gives the source's classes the labels that they have in the data set. Throws BadInput for classes
// that the data set lacks.
void take_labels(const DatasetBefore& before, const std::string& source, dataset::Dataset& dataset);

// Changes `plan` to that of the appended shards: numbers them after those of `before`, whose
// fingerprint becomes the plan's parent. Throws BadInput with the difference if the format is not
// that of `before`.
void continue_plan(const std::filesystem::path& folder, const DatasetBefore& before,
                   const dataset::Dataset& dataset, CachePlan& plan);

// Whether the last append added exactly these pairs, so that there is nothing to do. `plan`: from
// make_plan(). Throws BadInput for a damaged shard.
bool was_appended(const std::filesystem::path& folder, const DatasetBefore& before,
                  const CachePlan& plan);

// Channel sums of a split, one element per shard.
struct SplitSums {
  std::vector<ChannelSums> rgb, depth;
};

// Reads every shard's header and returns the sums by split. Throws BadInput for a damaged shard,
// and for a pair of `dataset` whose key already exists in its split, naming both.
std::map<std::string, SplitSums> look_at_shards(const std::filesystem::path& folder,
                                                const DatasetBefore& before,
                                                const dataset::Dataset& dataset);

// Returns the manifest after the append. `sources`: counts of the appended source.
shard::Manifest grown(const DatasetBefore& before, std::map<std::string, SplitSums> sums,
                      const dataset::Dataset& dataset, const CachePlan& plan,
                      const std::vector<UnitResult>& results,
                      const std::optional<shard::SourceCounts>& sources);

// Returns the name of the last append's rejects: "rejects-1.jsonl" for the first append.
std::string appended_rejects_name(const shard::Manifest& grown);

// Saves the old dataset.json, then replaces it. Throws SystemError.
void publish_grown(const std::filesystem::path& folder, const DatasetBefore& before,
                   const shard::Manifest& grown, const std::string& rejects);

}  // namespace rod::prepare
