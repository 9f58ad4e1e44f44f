#include "trainer/sgd.h"

namespace rod {
namespace {

struct WithGradient {
  std::vector<torch::Tensor> parameters, gradients, momentum;
};

}  // namespace

Sgd::Sgd(const std::vector<ParameterGroup>& groups, const SgdOptions& options) : options_(options) {
  for (const ParameterGroup& given : groups) {
    Group& group = groups_.emplace_back();
    group.lr = given.lr;
    for (const auto& [name, parameter] : given.parameters) {
      group.names.push_back(name);
      group.parameters.push_back(parameter);
      group.momentum.push_back(torch::zeros_like(parameter.detach()));
    }
  }
}

void Sgd::zero_grad() {
  for (Group& group : groups_) {
    for (torch::Tensor& parameter : group.parameters) parameter.mutable_grad().reset();
  }
}

bool Sgd::unscale(double scale) {
  std::vector<torch::Tensor> gradients;
  for (const Group& group : groups_) {
    for (const torch::Tensor& parameter : group.parameters) {
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    }
  }
  if (gradients.empty()) return true;
  const torch::NoGradGuard no_grad;
  at::_foreach_mul_(gradients, 1 / scale);
  return torch::stack(at::_foreach_norm(gradients)).isfinite().all().item<bool>();
}

void Sgd::step() {
  const torch::NoGradGuard no_grad;
  for (const Group& group : groups_) {
    WithGradient used;
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      const torch::Tensor& gradient = group.parameters[i].grad();
      if (!gradient.defined()) continue;
      used.parameters.push_back(group.parameters[i]);
      used.gradients.push_back(gradient);
      used.momentum.push_back(group.momentum[i]);
    }
    if (used.parameters.empty()) continue;
    if (options_.weight_decay != 0) {
      at::_foreach_add_(used.gradients, used.parameters, options_.weight_decay);
    }
    at::_foreach_mul_(used.momentum, options_.momentum);
    at::_foreach_add_(used.momentum, used.gradients);
    at::_foreach_add_(used.parameters, used.momentum, -group.lr);
  }
}

NamedTensors Sgd::state() const {
  NamedTensors all;
  for (const Group& group : groups_) {
    for (std::size_t i = 0; i < group.names.size(); ++i) {
      all.emplace_back("optimizer.momentum." + group.names[i], group.momentum[i]);
    }
  }
  return all;
}

}  // namespace rod
