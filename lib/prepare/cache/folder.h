// The folder that `cache` fills: whose it is, what in it is finished.
#pragma once

#include <filesystem>
#include <optional>

#include "prepare/cache/plan.h"
#include "prepare/cache/unit_result.h"
#include "shard/manifest.h"

namespace rod::prepare {

// While a data set is being made, its folder also holds its plan.
inline constexpr const char* kPlanName = ".rodprep-cache.json";

// The manifest, when the folder holds the complete data set of this plan; nothing when it holds
// none, or when only its manifest is damaged, which is then removed. Requires: the folder is
// locked. Throws BadInput with the difference when it was made by another plan.
std::optional<shard::Manifest> complete_dataset(const std::filesystem::path& folder,
                                                const CachePlan& plan);

// Makes the folder this plan's: writes the plan's text (a part adds which it is), or finds the same
// one there; removes what dead runs left half-written. Requires: the folder is locked. Throws
// BadInput with the difference for another plan, and for a folder with other things in it.
void claim_folder(const std::filesystem::path& folder, const std::string& plan_text);

// Removes what dead runs left half-written. Requires: the folder is locked.
void remove_leftovers(const std::filesystem::path& folder);

// What an earlier run of the same plan has finished: its header, notes and count are checked, its
// file is hashed. A shard that fails is removed, to be made again. Thread-safe. Throws SystemError.
std::optional<UnitResult> finished_unit(const std::filesystem::path& folder, const CachePlan& plan,
                                        const ShardUnit& unit);

// Removes the plan from a complete data set. Requires: the folder is locked.
void release_folder(const std::filesystem::path& folder);

}  // namespace rod::prepare
