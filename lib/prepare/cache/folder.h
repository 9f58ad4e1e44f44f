// The folder that `cache` fills: which plan it belongs to, and what is finished in it.
#pragma once

#include <filesystem>
#include <optional>

#include "prepare/cache/plan.h"
#include "prepare/cache/unit_result.h"
#include "shard/manifest.h"

namespace rod::prepare {

// The plan's file name. The folder contains it while the data set is being made.
inline constexpr const char* kPlanName = ".rodprep-cache.json";

// Returns the manifest if the folder contains the complete data set of this plan; nothing if there
// is none, or if only its manifest is damaged, which is then removed. Throws BadInput with the
// difference if another plan made it. Requires: the folder is locked.
std::optional<shard::Manifest> complete_dataset(const std::filesystem::path& folder,
                                                const CachePlan& plan);

// Reserves the folder for this plan: writes the plan's text (a partition adds its number), unless
// it is already there, and removes unfinished files of earlier runs. Throws BadInput with the
// difference for another plan, and for a folder with other contents. Requires: the folder is
// locked.
void claim_folder(const std::filesystem::path& folder, const std::string& plan_text);

// Removes unfinished files of earlier runs. Requires: the folder is locked.
void remove_leftovers(const std::filesystem::path& folder);

// Returns the result of a unit that an earlier run of the same plan has finished, or nothing. The
// shard's header, notes and count are checked and its file is hashed; a shard that fails is
// removed, to be made again. Throws SystemError. Thread-safe.
std::optional<UnitResult> finished_unit(const std::filesystem::path& folder, const CachePlan& plan,
                                        const ShardUnit& unit);

// Removes the plan from a complete data set. Requires: the folder is locked.
void release_folder(const std::filesystem::path& folder);

}  // namespace rod::prepare
