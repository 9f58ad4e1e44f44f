#include "trainer/commands/trained_network.h"

#include <fmt/format.h>

#include "base/error.h"
#include "trainer/input/depth_input.h"
#include "trainer/learning/learner.h"

namespace rod::trainer {

Network load_network(const Checkpoint& checkpoint, const torch::Device& device) {
  const TrainConfig config = config_from_options(checkpoint.head.options, checkpoint.path);
  NetworkOptions options = network_options(config, checkpoint.head.classes);
  if (device.is_cpu() && options.compute == at::kHalf) options.compute = at::kFloat;
  Network network(options);
  restore_network(checkpoint, network);
  network->move_to(device);
  return network;
}

TrainConfig config_for(TrainConfig config, const shard::PixelFormat& pixels) {
  if (pixels.depth != shard::DepthKind::kRaw16) config.depth_input = "stored";
  return with_depth_input(std::move(config), pixels);
}

std::vector<std::string> network_classes(const Checkpoint& checkpoint,
                                         const shard::Manifest& manifest,
                                         const std::string& data_set,
                                         const std::function<void(const std::string&)>& warn) {
  if (!checkpoint.head.class_names.empty()) return checkpoint.head.class_names;
  if (static_cast<std::int64_t>(manifest.classes.size()) != checkpoint.head.classes) {
    throw BadInput(fmt::format(
        "{}: was trained for {} classes, but {} has {}; give the data set that it was trained on",
        checkpoint.path, checkpoint.head.classes, data_set, manifest.classes.size()));
  }
  warn(fmt::format(
      "warning: {}: has no class names, as an older version of rodtrain wrote it; its classes are "
      "taken to be those of {}, in the same order",
      checkpoint.path, data_set));
  return manifest.classes;
}

}  // namespace rod::trainer
