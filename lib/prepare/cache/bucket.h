// `rodprep cache SOURCE s3://BUCKET/PREFIX`.
#pragma once

#include <filesystem>

#include "io/remote.h"
#include "prepare/cache/cache.h"

namespace rod::prepare {

// Makes the data set in a folder of this machine, below `options.local_dir` or the system's
// temporary folder, then uploads it to `address`: each file is read back and compared, dataset.json
// comes last, and the folder is removed at the end. After a kill the same call finds what is
// finished here and there. `options.destination` is ignored. Throws as cache() and io::S3Folder;
// BadInput if another data set is there; Error(kUsage) for a part, or another kind of address.
CacheReport cache_to_bucket(CacheOptions options, const std::filesystem::path& address,
                            io::RemoteOptions remote);

}  // namespace rod::prepare
