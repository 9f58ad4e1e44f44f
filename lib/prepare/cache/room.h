// Whether the data set will fit on its disk.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/capacity.h"
#include "prepare/cache/plan.h"
#include "shard/pixels.h"

namespace rod::prepare {

// Returns the bytes that shards of `pairs` pairs take on a disk: exact for a codec that stores
// pixels unencoded, otherwise estimated with CodecEntry::most_stored_share. `decoded`: the total
// bytes of their pixels.
std::uint64_t stored_bytes(shard::Codec codec, double decoded, std::uint64_t pairs);

// Throws Error(kNoRoom), with the numbers, if the rest of the data set will not fit on the disk, so
// that the run fails at its start rather than at its end. `pairs`: still to be made. `machine`:
// with the disk of `folder`.
void check_room(const std::filesystem::path& folder, const CachePlan& plan, std::uint64_t pairs,
                const Machine& machine);

}  // namespace rod::prepare
