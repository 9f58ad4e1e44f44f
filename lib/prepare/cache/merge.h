// `rodprep merge`: the parts that several machines made, joined into one data set.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "shard/manifest.h"

namespace rod::prepare {

struct MergeReport {
  shard::Manifest manifest;
  std::uint64_t pairs = 0, reject_count = 0, shards = 0;
};

// DESTINATION becomes, byte for byte, the data set that one run of `cache` would have made. Shards
// are hashed, then linked where they are on the same disk, else copied; the parts stay as they are.
// Called again after a kill, it goes on. Throws BadInput: parts of different sources or options
// (with the difference), missing, given twice, unfinished or damaged; a destination with other
// things in it. Error(kFailed): another process writes there. SystemError; Error(kInterrupted).
MergeReport merge(const std::filesystem::path& destination,
                  const std::vector<std::filesystem::path>& parts, unsigned jobs, bool quiet);

}  // namespace rod::prepare
