#include "trainer/learning/weight_average.h"

namespace rod::trainer {

WeightAverage::WeightAverage(Network network, double decay) : decay_(decay) {
  const torch::NoGradGuard no_gradients;
  for (const auto& [name, tensor] : network->state()) {
    names_.push_back(name);
    live_.push_back(tensor.detach());
    average_.push_back(tensor.detach().clone());
  }
}

void WeightAverage::update(std::uint64_t step) {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> average, live;  // of what can be averaged
  for (std::size_t i = 0; i < live_.size(); ++i) {
    if (step == 0 || !live_[i].is_floating_point()) {
      average_[i].copy_(live_[i]);
    } else {
      average.push_back(average_[i]);
      live.push_back(live_[i]);
    }
  }
  if (average.empty()) return;
  at::_foreach_mul_(average, decay_);
  at::_foreach_add_(average, live, 1 - decay_);
}

void WeightAverage::swap() {
  const torch::NoGradGuard no_gradients;
  for (std::size_t i = 0; i < live_.size(); ++i) {
    const torch::Tensor before = live_[i].clone();
    live_[i].copy_(average_[i]);
    average_[i].copy_(before);
  }
}

NamedTensors WeightAverage::state() const {
  NamedTensors all;
  for (std::size_t i = 0; i < names_.size(); ++i) all.emplace_back("ema." + names_[i], average_[i]);
  return all;
}

}  // namespace rod::trainer
