// Whether the data set will fit on its disk.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/capacity.h"
#include "prepare/cache/plan.h"
#include "shard/pixels.h"

namespace rod::prepare {

// Bytes that shards of `pairs` pairs take on a disk: exactly for a codec that stores pixels as they
// are, else estimated by CodecEntry::most_stored_share. `decoded`: bytes of pixels of all of them.
std::uint64_t stored_bytes(shard::Codec codec, double decoded, std::uint64_t pairs);

// Refuses before the work what would fail at its end. `pairs`: still to be made. `machine`: with
// the disk of `folder`. Throws Error(kNoRoom) with all the numbers.
void check_room(const std::filesystem::path& folder, const CachePlan& plan, std::uint64_t pairs,
                const Machine& machine);

}  // namespace rod::prepare
