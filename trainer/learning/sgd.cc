#include "trainer/learning/sgd.h"

#include <torch/version.h>

namespace rod::trainer {
namespace {

// All elements of a tensor in the order of its memory, [numel], sharing it.
// Requires: dense, as gradients and momenta are.
torch::Tensor flat(const torch::Tensor& tensor) {
  return tensor.as_strided({tensor.numel()}, {1}, tensor.storage_offset());
}

// A copy of tensors, one after the other in one tensor: a factor on the device reaches all of them
// in one kernel, where LibTorch's lists of tensors take one kernel each.
struct Packed {
  explicit Packed(const std::vector<torch::Tensor>& tensors) {
    std::vector<torch::Tensor> parts;
    std::vector<std::int64_t> sizes;
    for (const torch::Tensor& tensor : tensors) {
      parts.push_back(flat(tensor));
      sizes.push_back(tensor.numel());
    }
    all = torch::cat(parts);
    views = all.split_with_sizes(sizes);
    for (std::size_t i = 0; i < views.size(); ++i) {
      views[i] =
          all.as_strided(tensors[i].sizes(), tensors[i].strides(), views[i].storage_offset());
    }
  }

  torch::Tensor all;                 // [sum of their sizes]
  std::vector<torch::Tensor> views;  // shaped like the tensors, sharing the memory of `all`
};

// Copies each of `from` into the tensor of the same place.
void copy_all(const std::vector<torch::Tensor>& to, const std::vector<torch::Tensor>& from) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
  at::_foreach_copy_(to, from);
#else
  for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
#endif
}

// `gradient` with the strides of its parameter. They may differ for 1x1 convolutions, whose weights
// are channels-last and contiguous at once; lists of tensors are fast only where all strides agree.
torch::Tensor as_parameter(const torch::Tensor& gradient, const torch::Tensor& parameter) {
  if (gradient.strides() == parameter.strides()) return gradient;
  const bool same_memory = gradient.dim() == 4 && gradient.size(2) == 1 && gradient.size(3) == 1 &&
                           gradient.is_non_overlapping_and_dense() &&
                           parameter.is_non_overlapping_and_dense();
  return same_memory ? gradient.as_strided(parameter.sizes(), parameter.strides(),
                                           gradient.storage_offset())
                     : gradient;
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
    all.parameters.push_back(parameters[i].detach());
    all.gradients.push_back(as_parameter(gradient.detach(), parameters[i].detach()));
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
    const Packed gradients(used.gradients);
    finite.logical_and_(gradients.all.mul_(factor).isfinite().all());
    copy_all(used.gradients, gradients.views);
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
    const Packed gradients(used.gradients), momentum(used.momentum);
    gradients.all.masked_fill_(finite.logical_not(), 0);  // no factor turns NaN into 0
    momentum.all.mul_(torch::where(finite, options_.momentum, 1.)).add_(gradients.all);
    copy_all(used.momentum, momentum.views);
    momentum.all.mul_(finite);
    at::_foreach_add_(used.parameters, momentum.views, -group.lr);
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

}  // namespace rod::trainer
