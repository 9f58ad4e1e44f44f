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

inline constexpr const char* kCacheNormals =
    "make the data set again with rodprep cache SOURCE DEST --depth normals";

// Returns the checkpoint's `config` for a data set of other `pixels`: 16-bit depth is converted as
// in training; colours that are stored are taken as they are. Throws BadInput for 16-bit depth if
// the network was trained on stored colours: they may have shown anything. `how`: what to type
// then.
TrainConfig config_for(TrainConfig config, const std::string& checkpoint,
                       const shard::PixelFormat& pixels, const std::string& data_set,
                       const std::string& how);

// Returns the names of the network's classes, by label. A checkpoint of an older version has none:
// then those of the data set, whose number must be the same, after a warning to `warn`.
// Throws BadInput.
std::vector<std::string> network_classes(const Checkpoint& checkpoint,
                                         const shard::Manifest& manifest,
                                         const std::string& data_set,
                                         const std::function<void(const std::string&)>& warn);

}  // namespace rod::trainer
