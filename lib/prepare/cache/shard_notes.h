// Metadata in a shard's header from which the next run of `cache` recognises a finished shard.
#pragma once

#include <string>
#include <vector>

#include "prepare/cache/channel_sums.h"
#include "prepare/cache/reject.h"
#include "shard/safetensors.h"

namespace rod::prepare {

struct ShardNotes {
  std::string plan;             // CachePlan::text() of the run that made the shard
  ChannelSums rgb, depth;       // over the shard's samples
  std::vector<Reject> rejects;  // of the lines that the shard covers
};

shard::Metadata to_metadata(const ShardNotes& notes);

// Throws BadInput naming `path`.
ShardNotes notes_from_metadata(const shard::Metadata& metadata, const std::string& path);

}  // namespace rod::prepare
