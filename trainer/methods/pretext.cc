#include "trainer/methods/pretext.h"

#include "trainer/methods/losses.h"
#include "trainer/tensor/autocast.h"

namespace rod::trainer {

std::vector<StreamSpec> pretext_streams(std::int64_t angles) {
  return {{"source", false},
          {"target", true},
          {"source_rot", false, angles},
          {"target_rot", true, angles}};
}

std::vector<LossUse> pretext_losses() {
  return {{"loss.cls", {0}}, {"loss.ent", {1}}, {"loss.rot_source", {2}}, {"loss.rot_target", {3}}};
}

NamedLosses pretext_backward(Network& network, const std::vector<Minibatch>& batches,
                             const LossWeights& weights, TaskLoss task) {
  const AutocastCache casts;
  NamedLosses losses;
  const auto report = [&](const char* name, const torch::Tensor& loss) {
    losses.emplace_back(name, loss.detach());
  };

  torch::Tensor main = class_loss(network, batches.at(0));
  report("loss.cls", main);
  if (weights.ent != 0) {
    const torch::Tensor entropy = entropy_loss(network, batches.at(1));
    report("loss.ent", entropy);
    main = main + entropy * weights.ent;
  }
  add_gradients(main, 1, weights.scale);

  const torch::Tensor source = task(network, batches.at(2));
  report("loss.rot_source", source);
  add_gradients(source, weights.rot, weights.scale);

  const torch::Tensor target = task(network, batches.at(3));
  report("loss.rot_target", target);
  add_gradients(target, weights.rot, weights.scale);
  return losses;
}

}  // namespace rod::trainer
