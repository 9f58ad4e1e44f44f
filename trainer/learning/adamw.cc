#include "trainer/learning/adamw.h"

#include "trainer/learning/packed_tensors.h"

namespace rod::trainer {

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
