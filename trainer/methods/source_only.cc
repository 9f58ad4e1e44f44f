// Learns the classes from the source only: the baseline for adaptation.
#include "trainer/methods/losses.h"
#include "trainer/methods/method.h"
#include "trainer/methods/passes.h"

namespace rod::trainer {
namespace {

NamedLosses source_only_backward(Network& network, const std::vector<Minibatch>& batches,
                                 const LossWeights& weights) {
  Passes passes(network, batches, weights.scale);
  const torch::Tensor loss = class_loss(network, passes.features(0), batches.at(0));
  passes.backward(loss);
  passes.finish();
  return {{"loss.cls", loss.detach()}};
}

}  // namespace

extern const Method kSourceOnly;
const Method kSourceOnly{"source-only",       "classes of the source, nothing of the target",
                         {{"source", false}}, {{"loss.cls", {0}}},
                         SecondHead::kNone,   source_only_backward};

}  // namespace rod::trainer
