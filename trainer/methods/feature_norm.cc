// AFN: features of larger norm transfer better. The stepwise form (SAFN) lets each sample's norm
// grow a little in every step; the hard one (HAFN) draws the batch's mean norm to a fixed radius.
// Source: Xu et al., "Larger norm more transferable: an adaptive feature norm approach for
// unsupervised domain adaptation", ICCV 2019 (arXiv 1811.07456), equations 4 and 5 and section 4.4
// (dropout that keeps the norm).
#include <cmath>

#include "trainer/methods/method.h"
#include "trainer/methods/passes.h"

namespace rod::trainer {
namespace {

constexpr double kPaperWeight = .05;  // of the norm's loss
constexpr double kStep = 1;           // what SAFN adds to a norm
constexpr double kRadius = 25;        // HAFN's

using NormLoss = torch::Tensor (*)(const torch::Tensor& norms);  // [B] -> []

torch::Tensor stepwise(const torch::Tensor& norms) {
  return (norms - (norms.detach() + kStep)).square().mean();
}

torch::Tensor hard(const torch::Tensor& norms) {
  return (norms.mean() - kRadius).square();
}

template <NormLoss norm_loss>
NamedLosses feature_norm_backward(Network& network, const std::vector<Minibatch>& batches,
                                  const LossWeights& weights) {
  Passes passes(network, batches, weights.scale);
  // Dropout keeps the mean; times this, it keeps the norm.
  const double keep_norm = std::sqrt(1 - network->options().dropout_p);
  const auto hidden = [&](std::size_t i) {
    return network->hidden(passes.features(i).feat) * keep_norm;
  };
  const torch::Tensor source = hidden(0), target = hidden(1);
  const torch::Tensor classes =
      torch::cross_entropy_loss(network->classify_hidden(source), batches.at(0).label);
  const auto loss_of = [&](const torch::Tensor& features) {
    return norm_loss(network->global_batch(features.norm(2, 1)));
  };
  const torch::Tensor norm = loss_of(source) + loss_of(target);
  passes.backward(classes + norm * (kPaperWeight * weights.adapt));
  passes.finish();
  return {{"loss.cls", classes.detach()}, {"loss.norm", norm.detach()}};
}

}  // namespace

extern const Method kStepwiseFeatureNorm, kHardFeatureNorm;
const Method kStepwiseFeatureNorm{"afn",
                                  "features whose norm grows step by step (SAFN)",
                                  {{"source", false}, {"target", true}},
                                  {{"loss.cls", {0}}, {"loss.norm", {0, 1}}},
                                  SecondHead::kNone,
                                  feature_norm_backward<stepwise>};
const Method kHardFeatureNorm{"afn-hard",
                              "features whose norm is drawn to 25 (HAFN)",
                              {{"source", false}, {"target", true}},
                              {{"loss.cls", {0}}, {"loss.norm", {0, 1}}},
                              SecondHead::kNone,
                              feature_norm_backward<hard>};

}  // namespace rod::trainer
