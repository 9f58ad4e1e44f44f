// DANN: learns features that predict the class but not the domain. A domain classifier is trained
// beside the class classifier, and its reversed gradient trains the features.
// Source: Ganin et al., "Domain-adversarial training of neural networks", JMLR 17 (2016), sections
// 4 and 5.2.2 (the ramp of lambda). The domains' loss is the mean over all samples, half of the
// paper's sum of two means.
#include <cmath>

#include "trainer/methods/losses.h"
#include "trainer/methods/passes.h"

namespace rod::trainer {
namespace {

constexpr double kRampSteepness = 10;  // gamma

double lambda(const LossWeights& weights) {
  return weights.adapt * (2 / (1 + std::exp(-kRampSteepness * weights.progress)) - 1);
}

// Cross-entropy of "comes from the target" for features of one domain.
torch::Tensor domain_loss(Network& network, const torch::Tensor& feat, double is_target) {
  const torch::Tensor logit = network->classify_domain(feat);
  return torch::binary_cross_entropy_with_logits(logit, torch::full_like(logit, is_target));
}

NamedLosses adversarial_backward(Network& network, const std::vector<Minibatch>& batches,
                                 const LossWeights& weights) {
  Passes passes(network, batches, weights.scale);
  const torch::Tensor source_feat = passes.features(0).feat, target_feat = passes.features(1).feat;
  const torch::Tensor classes =
      torch::cross_entropy_loss(network->classify(source_feat), batches.at(0).label);
  const auto reversed = [&](const torch::Tensor& feat) {
    return reverse_gradient(feat, lambda(weights));
  };
  const torch::Tensor domains = (domain_loss(network, reversed(source_feat), 0) +
                                 domain_loss(network, reversed(target_feat), 1)) /
                                2;
  passes.backward(classes + domains);
  passes.finish();
  return {{"loss.cls", classes.detach()}, {"loss.domain", domains.detach()}};
}

}  // namespace

extern const Method kDomainAdversarial;
const Method kDomainAdversarial{"dann",
                                "features that hide their domain, by gradient reversal",
                                {{"source", false}, {"target", true}},
                                {{"loss.cls", {0}}, {"loss.domain", {0, 1}}},
                                SecondHead::kDomain,
                                adversarial_backward};

}  // namespace rod::trainer
