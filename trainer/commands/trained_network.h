// A trained network as the commands that use one open it.
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

// Returns `config`, with which a network was trained, for a data set of other `pixels`: 16-bit
// depth is converted as in training; colours that are stored are taken as they are.
TrainConfig config_for(TrainConfig config, const shard::PixelFormat& pixels);

// Returns the names of the network's classes, by label. A checkpoint of an older version has none:
// then those of the data set, whose number must be the same, after a warning to `warn`.
// Throws BadInput.
std::vector<std::string> network_classes(const Checkpoint& checkpoint,
                                         const shard::Manifest& manifest,
                                         const std::string& data_set,
                                         const std::function<void(const std::string&)>& warn);

}  // namespace rod::trainer
