#include "trainer/learning/sgd.h"

#include "trainer/learning/packed_tensors.h"

namespace rod::trainer {

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

}  // namespace rod::trainer
