// --ema: an exponential moving average of the network, which is evaluated in its place.
//
// Equal to torch.optim.swa_utils.AveragedModel with get_ema_multi_avg_fn(decay) and
// use_buffers=True: the first step's result is copied, each later one is averaged in. Buffers of
// whole numbers are copied.
// Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging" (1992), for
// averages of iterates.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "trainer/network/network.h"
#include "trainer/tensor/tensor_io.h"

namespace rod::trainer {

class WeightAverage {
 public:
  // `decay`: in 0-1, of the average in each step. Requires: `network` is on its final device.
  WeightAverage(Network network, double decay);

  // Call after each step, counted from 0. Does not wait for the device.
  void update(std::uint64_t step);

  // Exchanges the average's values and the network's. The network's tensors keep their addresses.
  void swap();

  // "ema.<name>" of each parameter and buffer. Shares the average's memory; restore a state with
  // copy_().
  NamedTensors state() const;

 private:
  double decay_;
  std::vector<std::string> names_;
  std::vector<torch::Tensor> live_, average_;
};

// During its lifetime, the network has the average's values. Has no effect without an average.
class AveragedNetwork {
 public:
  explicit AveragedNetwork(WeightAverage* average) : average_(average) {
    if (average_ != nullptr) average_->swap();
  }
  ~AveragedNetwork() {
    if (average_ != nullptr) average_->swap();
  }
  AveragedNetwork(const AveragedNetwork&) = delete;
  AveragedNetwork& operator=(const AveragedNetwork&) = delete;

 private:
  WeightAverage* average_;
};

}  // namespace rod::trainer
