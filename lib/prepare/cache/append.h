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

// Note [Append]: new pairs become new shards behind the old ones, which stay as they are. The old
// dataset.json is kept as parents/FINGERPRINT.json, then the new one replaces it, at once. Until
// then readers see the whole old data set. After an interruption, the next run of the same command
// keeps the new shards that are finished: each one's header names its plan, and that its parent.

namespace rod::prepare {

// The data set as it was before.
struct DatasetBefore {
  shard::Manifest manifest;
  std::string plan;  // CachePlan::text that its first shards were made by
};

// Throws BadInput: no complete data set, a damaged one, or not one of this program.
DatasetBefore dataset_before(const std::filesystem::path& folder);

// The source's classes get the labels that they have in the data set. Throws BadInput for classes
// that it lacks.
void take_labels(const DatasetBefore& before, const std::string& source, dataset::Dataset& dataset);

// The plan of the appended shards: numbered from behind those of `before`, with its fingerprint as
// the plan's parent. Throws BadInput with the difference when the format is not that of `before`.
void continue_plan(const std::filesystem::path& folder, const DatasetBefore& before,
                   const dataset::Dataset& dataset, CachePlan& plan);

// Whether the last append added just this, so that there is nothing to do. `plan` is of
// make_plan(). Throws BadInput for a damaged shard.
bool was_appended(const std::filesystem::path& folder, const DatasetBefore& before,
                  const CachePlan& plan);

// Channel sums by split, by shard.
struct SplitSums {
  std::vector<ChannelSums> rgb, depth;
};

// Opens every shard's header: its sums. Throws BadInput for a damaged shard, and for a pair of
// `dataset` whose key its split has already, with both.
std::map<std::string, SplitSums> look_at_shards(const std::filesystem::path& folder,
                                                const DatasetBefore& before,
                                                const dataset::Dataset& dataset);

// The data set afterwards. `sources`: counts of the appended one.
shard::Manifest grown(const DatasetBefore& before, std::map<std::string, SplitSums> sums,
                      const dataset::Dataset& dataset, const CachePlan& plan,
                      const std::vector<UnitResult>& results,
                      const std::optional<shard::SourceCounts>& sources);

// "rejects-1.jsonl": of the first append.
std::string appended_rejects_name(const shard::Manifest& grown);

// Keeps the old dataset.json and replaces it, in this order. Throws SystemError.
void publish_grown(const std::filesystem::path& folder, const DatasetBefore& before,
                   const shard::Manifest& grown, const std::string& rejects);

}  // namespace rod::prepare
