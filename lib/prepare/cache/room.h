// Whether the data set will fit on its disk.
#pragma once

#include <cstdint>
#include <filesystem>

#include "prepare/cache/plan.h"
#include "shard/pixels.h"

namespace rod::prepare {

// Refuses before the work what would fail at its end. `pairs`: still to be made. Codec raw is known
// exactly, others are estimated by CodecEntry::most_stored_share. Errors: kNoRoom with both
// numbers.
void check_room(const std::filesystem::path& folder, const CachePlan& plan, std::uint64_t pairs);

}  // namespace rod::prepare
