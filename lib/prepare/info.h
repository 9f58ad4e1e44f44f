// `rodprep info`: what a data set's manifest says, as an aligned table.
#pragma once

#include <cstdint>
#include <string>

#include "shard/manifest.h"

namespace rod::prepare {

std::uint64_t stored_bytes(const shard::SplitInfo& split);  // of all its shards' files

// For a terminal; ends with a newline.
std::string describe(const shard::Manifest& manifest);

}  // namespace rod::prepare
