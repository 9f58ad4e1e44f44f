// Whether the data set will fit on its disk.
#pragma once

#include <cstdint>
#include <filesystem>

#include "prepare/cache/plan.h"
#include "shard/pixels.h"

namespace rod {

// Stored bytes over decoded ones, at most: what is asked to be free before the work. Real crops take about a quarter as zstd and
// a tenth as JPEG.
double most_stored(Codec codec);

// Refuses before the work what would fail at its end. `pairs`: still to be made. Codec raw is known exactly, zstd is
// estimated. Errors: kNoRoom with both numbers.
void check_room(const std::filesystem::path& folder, const CachePlan& plan, std::uint64_t pairs);

}  // namespace rod
