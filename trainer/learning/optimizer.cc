#include "trainer/learning/optimizer.h"

#include <torch/version.h>

#include <utility>

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

namespace {

// All elements of a tensor in the order of its memory, [numel], sharing it.
// Requires: dense, as gradients and momenta are.
torch::Tensor flat(const torch::Tensor& tensor) {
  return tensor.as_strided({tensor.numel()}, {1}, tensor.storage_offset());
}

}  // namespace

PackedTensors::PackedTensors(const std::vector<torch::Tensor>& tensors) {
  std::vector<torch::Tensor> parts;
  std::vector<std::int64_t> sizes;
  for (const torch::Tensor& tensor : tensors) {
    parts.push_back(flat(tensor));
    sizes.push_back(tensor.numel());
  }
  all = torch::cat(parts);
  views = all.split_with_sizes(sizes);
  for (std::size_t i = 0; i < views.size(); ++i) {
    views[i] = all.as_strided(tensors[i].sizes(), tensors[i].strides(), views[i].storage_offset());
  }
}

void copy_all(const std::vector<torch::Tensor>& to, const std::vector<torch::Tensor>& from) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
  at::_foreach_copy_(to, from);
#else
  for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
#endif
}

Sgd::Sgd(const std::vector<ParameterGroup>& groups, const SgdOptions& options)
    : Optimizer(groups, {"momentum"}), options_(options) {}

void Sgd::step(const torch::Tensor& finite) {
  const torch::NoGradGuard no_grad;
  for (const Group& group : groups_) {
    const Tensors used = group.with_gradient();
    if (used.parameters.empty()) continue;
    const std::vector<torch::Tensor>& buffers = used.buffers[0];
    if (options_.weight_decay != 0) {
      at::_foreach_add_(used.gradients, used.parameters, options_.weight_decay);
    }
    if (finite.defined()) {
      const PackedTensors gradients(used.gradients), momentum(buffers);
      gradients.all.masked_fill_(finite.logical_not(), 0);  // no factor turns NaN into 0
      momentum.all.mul_(torch::where(finite, options_.momentum, 1.)).add_(gradients.all);
      copy_all(buffers, momentum.views);
    } else {
      at::_foreach_mul_(buffers, options_.momentum);
      at::_foreach_add_(buffers, used.gradients);
    }
    if (!finite.defined() && !lr_is_scheduled()) {
      at::_foreach_add_(used.parameters, buffers, -group.lr);
      continue;
    }
    const PackedTensors change(buffers);
    if (finite.defined()) change.all.mul_(finite);
    if (lr_is_scheduled()) change.all.mul_(learning_rate(group));
    at::_foreach_add_(used.parameters, change.views, lr_is_scheduled() ? -1 : -group.lr);
  }
}

AdamW::AdamW(const std::vector<ParameterGroup>& groups, const AdamWOptions& options)
    : Optimizer(groups, {"exp_avg", "exp_avg_sq"}),
      options_(options),
      steps_(torch::zeros({}, torch::dtype(torch::kDouble).device(device()))) {}

void AdamW::step(const torch::Tensor& finite) {
  const torch::NoGradGuard no_grad;
  // [] f64: 1, or 0 where the step is skipped. Then both moments keep their values, and nothing is
  // added to the parameters.
  const torch::Tensor done =
      finite.defined() ? finite.to(torch::kDouble) : torch::ones({}, steps_.options());
  steps_ += done;
  const auto kept = [&](double beta) { return 1 - done * (1 - beta); };
  const auto correction = [&](double beta) { return 1 - torch::pow(beta, steps_.clamp_min(1)); };
  for (const Group& group : groups_) {
    const Tensors used = group.with_gradient();
    if (used.parameters.empty()) continue;
    const PackedTensors gradients(used.gradients), mean(used.buffers[0]), square(used.buffers[1]);
    torch::Tensor g = gradients.all;
    if (finite.defined()) g.masked_fill_(finite.logical_not(), 0);  // no factor turns NaN into 0
    mean.all.mul_(kept(options_.beta1)).add_(g, 1 - options_.beta1);
    square.all.mul_(kept(options_.beta2)).addcmul_(g, g, 1 - options_.beta2);
    copy_all(used.buffers[0], mean.views);
    copy_all(used.buffers[1], square.views);
    square.all.div_(correction(options_.beta2)).sqrt_().add_(options_.epsilon);
    mean.all.div_(correction(options_.beta1)).div_(square.all);
    if (options_.weight_decay != 0) {
      mean.all.add_(PackedTensors(used.parameters).all, options_.weight_decay);
    }
    mean.all.mul_(learning_rate(group) * done);
    at::_foreach_sub_(used.parameters, mean.views);
  }
}

NamedTensors AdamW::state() const {
  NamedTensors all = Optimizer::state();
  all.emplace_back("optimizer.steps", steps_);
  return all;
}

}  // namespace rod::trainer
