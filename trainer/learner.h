// A network, the method that trains it, and the optimiser that moves it.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "shard/safetensors.h"
#include "trainer/config.h"
#include "trainer/method.h"
#include "trainer/network.h"
#include "trainer/sgd.h"

namespace rod {

struct Learner {
  const Method& method;
  Network network;
  Sgd sgd;
  LossWeights weights;

  // The step-th step, from 0: all that is random in it depends on (seed, step) alone.
  // Does not wait for the device.
  NamedLosses step(std::uint64_t seed, std::uint64_t step,
                   const std::vector<Minibatch>& minibatches);
};

// What `config` and the number of classes say of the network. Errors: kUsage.
NetworkOptions network_options(const TrainConfig& config, std::int64_t classes);

// Freshly initialised from config.seed, in training mode, on `device`.
Learner make_learner(const TrainConfig& config, std::int64_t classes, const torch::Device& device);

// The numbers without which a traced step can't be repeated.
Metadata trace_settings(const TrainConfig& config);

}  // namespace rod
