// A network, the method that trains it, and the optimiser that moves it.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "shard/safetensors.h"
#include "trainer/config.h"
#include "trainer/learning/loss_scaler.h"
#include "trainer/learning/sgd.h"
#include "trainer/learning/step_graph.h"
#include "trainer/methods/method.h"
#include "trainer/network/network.h"
#include "trainer/process_group/gradient_reducer.h"

namespace rod::trainer {

struct Learner {
  const Method& method;
  Network network;
  Sgd sgd;
  LossWeights weights;
  std::shared_ptr<ProcessGroup> group = nullptr;  // that computes each step together; null: alone
  std::unique_ptr<GradientReducer> gradient_reducer = nullptr;  // null: layers reduce gradients
  std::optional<LossScaler> scaler = std::nullopt;              // with --amp fp16
  double ramp_steps = 0;                       // over which weights.progress rises from 0 to 1
  std::unique_ptr<StepGraph> graph = nullptr;  // null: steps run operation by operation

  // The step-th step, from 0: all that is random in it depends on (seed, step) alone.
  // Does not wait for the device. With a scaler the device leaves a step out whose gradients are
  // not finite.
  NamedLosses step(std::uint64_t seed, std::uint64_t step,
                   const std::vector<Minibatch>& minibatches);

  // All of the optimiser that a run needs to go on; shares its memory.
  NamedTensors optimizer_state() const;

 private:
  NamedLosses step_eagerly(const std::vector<Minibatch>& minibatches);
  void reduce_results(NamedLosses& losses);
};

// What `config` and the number of classes say of the network. Errors: kUsage.
NetworkOptions network_options(const TrainConfig& config, std::int64_t classes);

// Freshly initialised from config.seed, in training mode, on `device`. Errors: kUsage, also for
// --amp fp16 on a CPU.
Learner make_learner(const TrainConfig& config, std::int64_t classes, const torch::Device& device);

// Records steps as CUDA graphs where `config.cuda_graphs` and the device allow it; `log` gets a
// line that says whether. Errors: kUsage for --cuda-graphs on where they can't be had.
void use_cuda_graphs(Learner& learner, const TrainConfig& config, const torch::Device& device,
                     const std::function<void(const std::string&)>& log);

// The numbers without which a traced step can't be repeated.
shard::Metadata trace_settings(const TrainConfig& config);

}  // namespace rod::trainer
