// The options of `cache` that make up a data set's format, told from the data set itself.
#pragma once

#include <filesystem>
#include <string>

#include "prepare/cache/cache.h"
#include "shard/manifest.h"

namespace rod::prepare {

// The plan that the shards were made by, from the first whose header is intact. Throws BadInput.
std::string plan_of_shards(const std::filesystem::path& dataset, const shard::Manifest& manifest);

// Sets the options that make up the format, unless `given` says that the user gave them. Throws
// BadInput for a plan that this program did not write.
void take_format(const std::filesystem::path& dataset, const shard::Manifest& manifest,
                 const std::string& plan, const FormatGiven& given, CacheOptions& options);

}  // namespace rod::prepare
