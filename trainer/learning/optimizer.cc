#include "trainer/learning/optimizer.h"

#include <utility>

#include "trainer/learning/packed_tensors.h"

namespace rod::trainer {
namespace {

constexpr double kClipEpsilon = 1e-6;  // as in torch.nn.utils.clip_grad_norm_

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

Optimizer::Optimizer(const std::vector<ParameterGroup>& groups, std::vector<std::string> buffers)
    : buffers_(std::move(buffers)) {
  for (const ParameterGroup& given : groups) {
    Group& group = groups_.emplace_back();
    group.lr = given.lr;
    group.all.buffers.resize(buffers_.size());
    for (const auto& [name, parameter] : given.parameters) {
      group.names.push_back(name);
      group.all.parameters.push_back(parameter);
      for (auto& buffers_of_kind : group.all.buffers) {
        buffers_of_kind.push_back(torch::zeros_like(parameter.detach()));
      }
    }
  }
}

void Optimizer::zero_grad() {
  for (Group& group : groups_) {
    for (torch::Tensor& parameter : group.all.parameters) parameter.mutable_grad().reset();
  }
}

Optimizer::Tensors Optimizer::Group::with_gradient() const {
  Tensors used;
  used.buffers.resize(all.buffers.size());
  for (std::size_t i = 0; i < all.parameters.size(); ++i) {
    const torch::Tensor& gradient = all.parameters[i].grad();
    if (!gradient.defined()) continue;
    used.parameters.push_back(all.parameters[i].detach());
    used.gradients.push_back(as_parameter(gradient.detach(), all.parameters[i].detach()));
    for (std::size_t kind = 0; kind < all.buffers.size(); ++kind) {
      used.buffers[kind].push_back(all.buffers[kind][i]);
    }
  }
  return used;
}

torch::Tensor Optimizer::unscale(const torch::Tensor& scale) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor factor = scale.reciprocal();
  torch::Tensor finite = torch::ones({}, scale.options().dtype(torch::kBool));
  for (const Group& group : groups_) {
    const Tensors used = group.with_gradient();
    if (used.gradients.empty()) continue;
    const PackedTensors gradients(used.gradients);
    finite.logical_and_(gradients.all.mul_(factor).isfinite().all());
    copy_all(used.gradients, gradients.views);
  }
  return finite;
}

torch::Tensor Optimizer::clip_grad_norm(double max_norm) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> gradients;
  for (const Group& group : groups_) {
    for (torch::Tensor& gradient : group.with_gradient().gradients) gradients.push_back(gradient);
  }
  const torch::Tensor norm = torch::stack(at::_foreach_norm(gradients, 2)).norm(2);
  const PackedTensors scaled(gradients);
  scaled.all.mul_((max_norm / (norm + kClipEpsilon)).clamp_max(1));
  copy_all(gradients, scaled.views);
  return norm;
}

void Optimizer::set_lr_factor(double factor) {
  if (!lr_factor_.defined()) {
    lr_factor_ = torch::empty({}, torch::dtype(torch::kDouble).device(device()));
  }
  lr_factor_.fill_(factor);
}

torch::Tensor Optimizer::learning_rate(const Group& group) const {
  if (lr_factor_.defined()) return lr_factor_ * group.lr;
  return torch::full({}, group.lr, torch::dtype(torch::kDouble).device(device()));
}

NamedTensors Optimizer::state() const {
  NamedTensors state;
  for (const Group& group : groups_) {
    for (std::size_t i = 0; i < group.names.size(); ++i) {
      for (std::size_t kind = 0; kind < buffers_.size(); ++kind) {
        state.emplace_back("optimizer." + buffers_[kind] + "." + group.names[i],
                           group.all.buffers[kind][i]);
      }
    }
  }
  return state;
}

}  // namespace rod::trainer
