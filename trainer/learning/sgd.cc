#include "trainer/learning/sgd.h"

namespace rod {
namespace {

// One factor on the device for each tensor.
std::vector<torch::Tensor> as_many(const std::vector<torch::Tensor>& tensors,
                                   const torch::Tensor& factor) {
  return std::vector<torch::Tensor>(tensors.size(), factor);
}

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

Sgd::WithGradient Sgd::Group::with_gradient() const {
  WithGradient all;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const torch::Tensor& gradient = parameters[i].grad();
    if (!gradient.defined()) continue;
    all.parameters.push_back(parameters[i]);
    all.gradients.push_back(gradient);
    all.momentum.push_back(momentum[i]);
  }
  return all;
}

torch::Tensor Sgd::unscale(const torch::Tensor& scale) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor factor = scale.reciprocal();
  torch::Tensor finite = torch::ones({}, scale.options().dtype(torch::kBool));
  for (const Group& group : groups_) {
    const WithGradient used = group.with_gradient();
    if (used.gradients.empty()) continue;
    at::_foreach_mul_(used.gradients, as_many(used.gradients, factor));
    finite.logical_and_(torch::stack(at::_foreach_norm(used.gradients)).isfinite().all());
  }
  return finite;
}

void Sgd::step(const torch::Tensor& finite) {
  const torch::NoGradGuard no_grad;
  for (const Group& group : groups_) {
    const WithGradient used = group.with_gradient();
    if (used.parameters.empty()) continue;
    if (options_.weight_decay != 0) {
      at::_foreach_add_(used.gradients, used.parameters, options_.weight_decay);
    }
    if (!finite.defined()) {
      at::_foreach_mul_(used.momentum, options_.momentum);
      at::_foreach_add_(used.momentum, used.gradients);
      at::_foreach_add_(used.parameters, used.momentum, -group.lr);
      continue;
    }
    const torch::Tensor skipped = finite.logical_not();
    for (const torch::Tensor& gradient : used.gradients) gradient.masked_fill_(skipped, 0);
    at::_foreach_mul_(used.momentum,
                      as_many(used.gradients, torch::where(finite, options_.momentum, 1.)));
    at::_foreach_add_(used.momentum, used.gradients);
    const auto moved = at::_foreach_mul(used.momentum, as_many(used.gradients, finite));
    at::_foreach_add_(used.parameters, moved, -group.lr);
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
