#include "trainer/learning/learner.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "trainer/learning/optimizer.h"

namespace rod::trainer {
namespace {

constexpr double kSgdMomentum = .9;
constexpr std::uint64_t kInitialisation = ~std::uint64_t{0};  // in the place of a step's number

std::unique_ptr<Optimizer> make_optimizer(const TrainConfig& config, Network network) {
  const std::vector<ParameterGroup> groups = {
      {network->backbone_parameters(), config.lr},
      {network->head_parameters(), config.lr * config.lr_mult}};
  if (config.optimizer == "adamw") {
    AdamWOptions options;
    options.weight_decay = config.weight_decay;
    return std::make_unique<AdamW>(groups, options);
  }
  return std::make_unique<Sgd>(groups, SgdOptions{kSgdMomentum, config.weight_decay});
}

}  // namespace

NamedLosses Learner::step(std::uint64_t seed, std::uint64_t step,
                          const std::vector<Minibatch>& minibatches) {
  torch::manual_seed(derive_seed(seed, step));  // dropout: no generator state to keep
  weights.progress = ramp_steps > 0 ? std::min(1., double(step) / ramp_steps) : 1;
  if (learning_rate) optimizer->set_lr_factor(learning_rate->factor(step));
  NamedLosses losses =
      !graph || weights.progress < 1  // a graph keeps constants
          ? step_eagerly(minibatches)
          : graph->run(minibatches, [this](const auto& inputs) { return step_eagerly(inputs); });
  if (average) average->update(step);
  return losses;
}

NamedLosses Learner::step_eagerly(const std::vector<Minibatch>& minibatches) {
  optimizer->zero_grad();
  if (scaler) weights.scale = scaler->scale();
  NamedLosses losses = method.backward(network, minibatches, weights);
  if (group) reduce_results(losses);
  torch::Tensor finite;  // undefined: nobody asks
  if (scaler) {
    finite = optimizer->unscale(weights.scale);
    scaler->update(finite);
  }
  if (clip_grad > 0) {
    torch::Tensor norm = optimizer->clip_grad_norm(clip_grad);
    if (finite.defined()) norm = torch::where(finite, norm, torch::zeros_like(norm));
    losses.emplace_back(kGradientNorm, norm);
  }
  optimizer->step(finite);
  return losses;
}

NamedTensors Learner::training_state() const {
  NamedTensors all = optimizer->state();
  if (scaler) all.push_back(scaler->state().front());
  if (average) {
    for (auto& named : average->state()) all.push_back(std::move(named));
  }
  return all;
}

void Learner::reduce_results(NamedLosses& losses) {
  if (gradient_reducer) gradient_reducer->finish();
  for (auto& [name, loss] : losses) {
    loss = loss / double(group->size());
    group->all_reduce(loss);
  }
}

NetworkOptions network_options(const TrainConfig& config, std::int64_t classes) {
  NetworkOptions options;
  options.arch = config.arch;
  options.classes = classes;
  options.image_size = config.image_size;
  options.dropout_p = config.dropout_p;
  options.rot_dropout_p = config.rot_dropout_p;
  options.compute = config.amp == "bf16"   ? at::kBFloat16
                    : config.amp == "fp16" ? at::kHalf
                                           : at::kFloat;
  options.head = find_method(config.method).head;
  options.modalities = parse_modalities(config.modality);
  options.concat_batches = config.concat_batches == "on";
  return options;
}

Learner make_learner(const TrainConfig& config, std::int64_t classes, const torch::Device& device) {
  if (config.amp == "fp16" && device.is_cpu()) {
    throw Error(ErrorKind::kUsage, "--amp fp16 needs a GPU; on a CPU use --amp bf16 or off");
  }
  torch::manual_seed(derive_seed(config.seed, kInitialisation));
  Network network(network_options(config, classes));
  network->move_to(device);
  network->train();
  LossWeights weights;
  weights.rot = config.weight_rot;
  weights.ent = config.weight_ent;
  weights.adapt = config.weight_adapt;
  Learner learner{find_method(config.method), network, make_optimizer(config, network), weights};
  if (config.amp == "fp16") learner.scaler.emplace(device);
  learner.clip_grad = config.clip_grad;
  if (config.ema > 0) learner.average = std::make_unique<WeightAverage>(network, config.ema);
  return learner;
}

void set_epoch_steps(Learner& learner, const TrainConfig& config, std::uint64_t epoch_steps) {
  learner.ramp_steps = config.ramp_epochs * double(epoch_steps);
  const LearningRate rate(config, epoch_steps);
  if (!rate.constant()) learner.learning_rate = rate;
}

bool runs_as_cuda_graph(const TrainConfig& config, const torch::Device& device) {
  return config.cuda_graphs != "off" && no_cuda_graphs_reason(device).empty();
}

void use_cuda_graphs(Learner& learner, const TrainConfig& config, const torch::Device& device,
                     const std::function<void(const std::string&)>& log) {
  if (config.cuda_graphs == "off" || (device.is_cpu() && config.cuda_graphs == "auto")) return;
  std::string reason = no_cuda_graphs_reason(device);
  if (reason.empty() && learner.group) reason = "several processes exchange gradients in a step";
  if (reason.empty()) {
    learner.graph = std::make_unique<StepGraph>(device, log);
    return;
  }
  if (config.cuda_graphs == "on") {
    throw Error(ErrorKind::kUsage, "--cuda-graphs on: not possible here, " + reason);
  }
  log("CUDA graphs: off, " + reason);
}

shard::Metadata trace_settings(const TrainConfig& config) {
  shard::Metadata settings = {{"arch", config.arch},
                              {"method", config.method},
                              {"modality", config.modality},
                              {"source", config.source},
                              {"target", config.target},
                              {"image_size", fmt::format("{}", config.image_size)},
                              {"lr", fmt::format("{}", config.lr)},
                              {"lr_mult", fmt::format("{}", config.lr_mult)},
                              {"momentum", fmt::format("{}", kSgdMomentum)},
                              {"weight_decay", fmt::format("{}", config.weight_decay)}};
  if (config.optimizer != "sgd") settings["optimizer"] = config.optimizer;
  if (config.clip_grad > 0) settings["clip_grad"] = fmt::format("{}", config.clip_grad);
  return settings;
}

}  // namespace rod::trainer
