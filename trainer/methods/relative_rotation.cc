// Learns the classes from the source, and from both domains how RGB and depth are turned against
// each other. Source: Loghmani et al. (arXiv 2004.10016), section III; the order of its Python
// program's passes.
#include "trainer/autocast.h"
#include "trainer/losses.h"
#include "trainer/method.h"

namespace rod {
namespace {

NamedLosses backward(Network& network, const std::vector<Minibatch>& batches,
                     const LossWeights& weights) {
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
  add_gradients(main, weights.scale);

  const torch::Tensor source = rotation_loss(network, batches.at(2));
  report("loss.rot_source", source);
  add_gradients(source, weights.rot * weights.scale);

  const torch::Tensor target = rotation_loss(network, batches.at(3));
  report("loss.rot_target", target);
  add_gradients(target, weights.rot * weights.scale);
  return losses;
}

}  // namespace

extern const Method kRelativeRotation;
const Method kRelativeRotation{"rr",
                               "classes of the source, relative rotation in both domains",
                               {{"source", false, false},
                                {"target", true, false},
                                {"source_rot", false, true},
                                {"target_rot", true, true}},
                               true,
                               backward};

}  // namespace rod
