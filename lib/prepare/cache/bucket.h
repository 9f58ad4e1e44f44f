// `rodprep cache SOURCE s3://BUCKET/PREFIX`.
#pragma once

#include <filesystem>

#include "io/remote.h"
#include "prepare/cache/cache.h"

namespace rod::prepare {

// Writes the data set to a local folder below `options.local_dir` or the system's temporary folder,
// then uploads it to `address`: each file is read back and compared, dataset.json is uploaded last,
// and the local folder is removed at the end. After a kill, the same call reuses what is finished
// in both places. Ignores `options.destination`. Throws what cache() and io::S3Folder throw;
// BadInput if `address` contains another data set; Error(kUsage) for a partition, or another kind
// of address.
CacheReport cache_to_bucket(CacheOptions options, const std::filesystem::path& address,
                            io::RemoteOptions remote);

}  // namespace rod::prepare
