// `rodprep merge`: joins the partitions that several machines made into one data set.
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

// Makes `destination` the data set that a single run of `cache` would have made, byte for byte.
// Shards are hashed, then hard-linked if they are on the same disk and copied otherwise; the
// partitions are not changed. To resume after a kill, call it again. Throws BadInput if partitions
// have different sources or options (with the difference), are missing, given twice, unfinished or
// damaged, or if the destination has other contents; Error(kFailed) if another process writes to
// it; SystemError; Error(kInterrupted).
MergeReport merge(const std::filesystem::path& destination,
                  const std::vector<std::filesystem::path>& parts, unsigned jobs, bool quiet);

}  // namespace rod::prepare
