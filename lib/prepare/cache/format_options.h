// Derives the options of `cache` that define a data set's format from the data set itself.
#pragma once

#include <filesystem>
#include <string>

#include "prepare/cache/cache.h"
#include "shard/manifest.h"

namespace rod::prepare {

// Returns the plan that made the shards, from the first shard whose header is intact. Throws
// BadInput if there is none.
std::string plan_of_shards(const std::filesystem::path& dataset, const shard::Manifest& manifest);

// Sets the options that define the format, except those that `given` marks as given by the user.
// Throws BadInput for a plan that this program did not write.
void take_format(const std::filesystem::path& dataset, const shard::Manifest& manifest,
                 const std::string& plan, const FormatGiven& given, CacheOptions& options);

}  // namespace rod::prepare
