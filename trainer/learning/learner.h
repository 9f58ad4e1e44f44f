// A network, the method that trains it, and its optimiser.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "shard/safetensors.h"
#include "trainer/config.h"
#include "trainer/learning/learning_rate.h"
#include "trainer/learning/loss_scaler.h"
#include "trainer/learning/optimizer.h"
#include "trainer/learning/step_graph.h"
#include "trainer/learning/weight_average.h"
#include "trainer/methods/method.h"
#include "trainer/network/network.h"
#include "trainer/process_group/gradient_reducer.h"

namespace rod::trainer {

struct Learner {
  const Method& method;
  Network network;
  std::unique_ptr<Optimizer> optimizer;
  LossWeights weights;
  // that computes each step together; null: a single process
  std::shared_ptr<ProcessGroup> group = nullptr;
  std::unique_ptr<GradientReducer> gradient_reducer = nullptr;  // null: layers reduce gradients
  std::optional<LossScaler> scaler = std::nullopt;              // with --amp fp16
  std::optional<LearningRate> learning_rate = std::nullopt;     // absent: constant
  double clip_grad = 0;                              // norm of all gradients; 0: not clipped
  std::unique_ptr<WeightAverage> average = nullptr;  // null without --ema
  double ramp_steps = 0;                       // over which weights.progress rises from 0 to 1
  std::unique_ptr<StepGraph> graph = nullptr;  // null: steps run operation by operation

  // Performs a training step, counted from 0. Its random numbers depend only on (seed, step).
  // Does not wait for the device. With a scaler, the device skips a step whose gradients are not
  // finite. With clip_grad the last of the losses is "grad_norm", the norm before clipping; 0 in a
  // step that is skipped.
  NamedLosses step(std::uint64_t seed, std::uint64_t step,
                   const std::vector<Minibatch>& minibatches);

  // Returns what a checkpoint holds beside the network: the state of the optimiser, the scaler and
  // the average. Shares their memory.
  NamedTensors training_state() const;

 private:
  NamedLosses step_eagerly(const std::vector<Minibatch>& minibatches);
  void reduce_results(NamedLosses& losses);
};

// Returns the network's options for `config` and this number of classes. Throws Error(kUsage).
NetworkOptions network_options(const TrainConfig& config, std::int64_t classes);

// Returns a learner on `device`, in training mode, initialised from config.seed. Throws
// Error(kUsage), also for --amp fp16 on a CPU.
Learner make_learner(const TrainConfig& config, std::int64_t classes, const torch::Device& device);

// Gives the learner what depends on the length of an epoch: the ramp and the learning rates.
void set_epoch_steps(Learner& learner, const TrainConfig& config, std::uint64_t epoch_steps);

// Whether use_cuda_graphs() will run steps as CUDA graphs in one process.
bool runs_as_cuda_graph(const TrainConfig& config, const torch::Device& device);

// Runs steps as CUDA graphs if `config.cuda_graphs` and the device allow it; a line to `log` says
// whether. Throws Error(kUsage) for --cuda-graphs on if that is not possible.
void use_cuda_graphs(Learner& learner, const TrainConfig& config, const torch::Device& device,
                     const std::function<void(const std::string&)>& log);

// Returns the settings that are needed to reproduce a traced step.
shard::Metadata trace_settings(const TrainConfig& config);

}  // namespace rod::trainer
