// A trained network as the commands that use one open it.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <string>
#include <vector>

#include "shard/manifest.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/input/depth_input.h"
#include "trainer/network/network.h"

namespace rod::trainer {

// Returns the checkpoint's network on `device`. Throws BadInput if its tensors are not those of the
// network that its options describe.
Network load_network(const Checkpoint& checkpoint, const torch::Device& device);

// Returns what becomes of a data set's depth for a network that was trained with `config`: 16-bit
// depth as in its training; colours that are stored are taken as they are.
DepthInput trained_depth_input(TrainConfig config, const shard::PixelFormat& pixels);

// Returns the names of the network's classes, by label. A checkpoint of an older version has none:
// then those of the data set, whose number must be the same, after a warning to `warn`.
// Throws BadInput.
std::vector<std::string> network_classes(const Checkpoint& checkpoint,
                                         const shard::Manifest& manifest,
                                         const std::string& data_set,
                                         const std::function<void(const std::string&)>& warn);

}  // namespace rod::trainer
