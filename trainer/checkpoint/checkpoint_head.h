// The description that a checkpoint contains of itself, and its encoding in a safetensors header.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "shard/safetensors.h"
#include "stream/order.h"
#include "trainer/learning/run_state.h"

namespace rod::trainer {

// What a checkpoint says of itself.
struct CheckpointHead {
  RunState state;
  std::uint64_t epoch = 0;
  nlohmann::json options;   // result_options()
  std::string fingerprint;  // of the data set
  std::int64_t classes = 0;
  // [classes] by label; empty in checkpoints of versions that did not record them.
  std::vector<std::string> class_names;
  std::map<std::string, stream::StreamOrder::Position>
      streams;                          // of each stream's next batch, by name
  std::vector<std::string> loss_names;  // of losses.pending
};

shard::Metadata to_metadata(const CheckpointHead& head);

// Returns the text for `key` in a checkpoint's metadata. Throws BadInput if there is none.
const std::string& require_text(const shard::Metadata& metadata, const std::string& key,
                                const std::string& path);

// Throws BadInput naming `path` and what is missing or damaged.
CheckpointHead parse_checkpoint_head(const shard::Metadata& metadata, const std::string& path);

}  // namespace rod::trainer
