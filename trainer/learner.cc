#include "trainer/learner.h"

#include <fmt/format.h>

#include "base/random.h"

namespace rod {
namespace {

constexpr double kMomentum = .9;
constexpr std::uint64_t kInitialisation = ~std::uint64_t{0};  // in the place of a step's number

}  // namespace

NamedLosses Learner::step(std::uint64_t seed, std::uint64_t step,
                          const std::vector<Minibatch>& minibatches) {
  torch::manual_seed(derive_seed(seed, step));  // dropout: no generator state to keep
  sgd.zero_grad();
  NamedLosses losses = method.backward(network, minibatches, weights);
  sgd.step();
  return losses;
}

NetworkOptions network_options(const TrainConfig& config, std::int64_t classes) {
  NetworkOptions options;
  options.arch = config.arch;
  options.classes = classes;
  options.image_size = config.image_size;
  options.dropout_p = config.dropout_p;
  options.rot_dropout_p = config.rot_dropout_p;
  options.compute = config.amp == "bf16" ? at::kBFloat16 : at::kFloat;
  options.rotation_head = find_method(config.method).rotation_head;
  return options;
}

Learner make_learner(const TrainConfig& config, std::int64_t classes, const torch::Device& device) {
  torch::manual_seed(derive_seed(config.seed, kInitialisation));
  Network network(network_options(config, classes));
  network->to(device);
  if (device.is_cuda()) network->use_channels_last();
  network->train();
  Sgd sgd({{network->backbone_parameters(), config.lr},
           {network->head_parameters(), config.lr * config.lr_mult}},
          {kMomentum, config.weight_decay});
  LossWeights weights;
  weights.rot = config.weight_rot;
  weights.ent = config.weight_ent;
  return {find_method(config.method), network, std::move(sgd), weights};
}

Metadata trace_settings(const TrainConfig& config) {
  return {{"arch", config.arch},
          {"method", config.method},
          {"source", config.source},
          {"target", config.target},
          {"image_size", fmt::format("{}", config.image_size)},
          {"lr", fmt::format("{}", config.lr)},
          {"lr_mult", fmt::format("{}", config.lr_mult)},
          {"momentum", fmt::format("{}", kMomentum)},
          {"weight_decay", fmt::format("{}", config.weight_decay)},
          {"weight_rot", fmt::format("{}", config.weight_rot)},
          {"weight_ent", fmt::format("{}", config.weight_ent)}};
}

}  // namespace rod
