// Makes dataset.json and rejects.jsonl from the finished units of a plan.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dataset/layout.h"
#include "prepare/cache/channel_sums.h"
#include "prepare/cache/plan.h"
#include "prepare/cache/reject.h"
#include "prepare/cache/unit_result.h"
#include "shard/manifest.h"

namespace rod::prepare {

// Sets the means and deviations of a split from the sums of its shards. `kind`: of its depth.
void set_statistics(const std::vector<ChannelSums>& rgb, const std::vector<ChannelSums>& depth,
                    shard::DepthKind kind, shard::SplitInfo& split);

// Fills class_counts and lines_left_out of a finished unit. Requires: `dataset` has the unit's
// samples.
void count_samples(const dataset::Dataset& dataset, const ShardUnit& unit, UnitResult& result);

// Returns the manifest. Uses only layout, classes and the splits' names of `dataset`. Throws
// BadInput if every pair of a split was rejected. Requires: count_samples() was called for every
// unit.
shard::Manifest make_manifest(const dataset::Dataset& dataset, const CachePlan& plan,
                              const std::vector<UnitResult>& results);

// Returns one JSON object per line and reject: key, split, line (from 0), file, reason.
std::string format_rejects(const dataset::Dataset& dataset, const CachePlan& plan,
                           const std::vector<UnitResult>& results);

// Writes both files, the manifest last, which completes the data set. Writes no file of rejects if
// there are none. Throws SystemError, std::filesystem::filesystem_error.
void publish_manifest(const std::filesystem::path& folder, const std::string& rejects,
                      const shard::Manifest& manifest,
                      const std::string& rejects_name = kRejectsName);

}  // namespace rod::prepare
