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

TrainConfig config_for(TrainConfig config, const std::string& checkpoint,
                       const shard::PixelFormat& pixels, const std::string& data_set,
                       const std::string& how) {
  const bool is_raw = pixels.depth == shard::DepthKind::kRaw16;
  if (is_raw && config.modality != "rgb" &&
      depth_input_from_name(config.depth_input) == DepthInput::kStored) {
    throw BadInput(
        fmt::format("{}: its depth is in 16-bit millimetres, but {} was trained on depth that was "
                    "stored as 8-bit colours; if these were surface normals, {}",
                    data_set, checkpoint, how));
  }
  if (!is_raw) config.depth_input = "stored";
  return config;
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
