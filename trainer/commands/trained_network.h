// Opens a trained network for the commands that use one.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <string>
#include <vector>

#include "shard/manifest.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/config.h"
#include "trainer/network/network.h"

namespace rod::trainer {

// Returns the checkpoint's network on `device`. Throws BadInput if its tensors are not those of the
// network that its options describe.
Network load_network(const Checkpoint& checkpoint, const torch::Device& device);

inline constexpr const char* kCacheNormals =
    "make the data set again with rodprep cache SOURCE DEST --depth normals";

// Returns the checkpoint's `config` for a data set of other `pixels`: 16-bit depth is converted as
// in training, and stored colours are used unchanged. Throws BadInput for 16-bit depth if the
// network was trained on stored colours, because their meaning is unknown. `how`: the advice in
// that message.
TrainConfig config_for(TrainConfig config, const std::string& checkpoint,
                       const shard::PixelFormat& pixels, const std::string& data_set,
                       const std::string& how);

// Returns the names of the network's classes, by label. For a checkpoint of an older version, which
// has none, returns those of the data set after a warning to `warn`; their number must be the same.
// Throws BadInput.
std::vector<std::string> network_classes(const Checkpoint& checkpoint,
                                         const shard::Manifest& manifest,
                                         const std::string& data_set,
                                         const std::function<void(const std::string&)>& warn);

}  // namespace rod::trainer
