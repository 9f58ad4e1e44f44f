#include "trainer/methods/pretext.h"

#include "trainer/methods/losses.h"
#include "trainer/methods/passes.h"

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
  std::vector<Minibatch> used = batches;
  if (weights.ent == 0) used.erase(used.begin() + 1);
  const std::size_t rotated = used.size() - 2;  // of the source; then of the target
  Passes passes(network, used, weights.scale);
  NamedLosses losses;
  const auto report = [&](const char* name, const torch::Tensor& loss) {
    losses.emplace_back(name, loss.detach());
  };

  torch::Tensor main = class_loss(network, passes.features(0), used.at(0));
  report("loss.cls", main);
  if (weights.ent != 0) {
    const torch::Tensor entropy = entropy_loss(network, passes.features(1));
    report("loss.ent", entropy);
    main = main + entropy * weights.ent;
  }
  passes.backward(main);

  const torch::Tensor source = task(network, passes.features(rotated), used.at(rotated));
  report("loss.rot_source", source);
  passes.backward(source, weights.rot);

  const torch::Tensor target = task(network, passes.features(rotated + 1), used.at(rotated + 1));
  report("loss.rot_target", target);
  passes.backward(target, weights.rot);
  passes.finish();
  return losses;
}

}  // namespace rod::trainer
