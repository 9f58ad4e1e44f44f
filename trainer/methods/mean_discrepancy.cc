// DAN: features whose distributions in the two domains have the same means under several kernels,
// in the layers that belong to the task: the classifier's hidden units and its outputs.
// Source: Long et al., "Learning transferable features with deep adaptation networks", ICML 2015.
#include "trainer/methods/losses.h"
#include "trainer/methods/method.h"
#include "trainer/methods/passes.h"

namespace rod::trainer {
namespace {

constexpr double kBandwidths[] = {.25, .5, 1, 2, 4};

// [n,D] -> [n,n], zero on the diagonal.
torch::Tensor squared_distances(const torch::Tensor& x) {
  const torch::Tensor squares = x.square().sum(1);
  const torch::Tensor distances =
      squares.unsqueeze(1) + squares.unsqueeze(0) - 2 * torch::mm(x, x.t());
  return distances.clamp_min(0) * (1 - torch::eye(x.size(0), x.options()));
}

NamedLosses discrepancy_backward(Network& network, const std::vector<Minibatch>& batches,
                                 const LossWeights& weights) {
  Passes passes(network, batches, weights.scale);
  const auto hidden = [&](std::size_t i) { return network->hidden(passes.features(i).feat); };
  const torch::Tensor source = hidden(0), target = hidden(1);
  const torch::Tensor source_logits = network->classify_hidden(source),
                      target_logits = network->classify_hidden(target);
  const torch::Tensor classes = torch::cross_entropy_loss(source_logits, batches.at(0).label);
  const auto between = [&](const torch::Tensor& a, const torch::Tensor& b) {
    return mean_discrepancy(network->global_batch(a), network->global_batch(b));
  };
  const torch::Tensor discrepancy = between(source, target) + between(source_logits, target_logits);
  passes.backward(classes + discrepancy * weights.adapt);
  passes.finish();
  return {{"loss.cls", classes.detach()}, {"loss.mmd", discrepancy.detach()}};
}

}  // namespace

torch::Tensor mean_discrepancy(const torch::Tensor& a, const torch::Tensor& b) {
  const std::int64_t n = a.size(0);
  const torch::Tensor distances = squared_distances(torch::cat({a, b}));
  const torch::Tensor mean = distances.detach().sum() / double(2 * n * (2 * n - 1));
  torch::Tensor kernel;
  for (const double bandwidth : kBandwidths) {
    const torch::Tensor one = (-distances / (mean * bandwidth)).exp();
    kernel = kernel.defined() ? kernel + one : one;
  }
  kernel = kernel / double(std::size(kBandwidths));
  const auto block = [&](std::int64_t row, std::int64_t column) {
    return kernel.narrow(0, row, n).narrow(1, column, n);
  };
  // A row's kernel with itself, 1, is left out.
  const auto within = [&](std::int64_t i) {
    return (block(i, i).sum() - double(n)) / double(n * (n - 1));
  };
  return within(0) + within(n) - 2 * block(0, n).mean();
}

extern const Method kMeanDiscrepancy;
const Method kMeanDiscrepancy{"mmd",
                              "features with equal kernel means in both domains (DAN)",
                              {{"source", false}, {"target", true}},
                              {{"loss.cls", {0}}, {"loss.mmd", {0, 1}}},
                              SecondHead::kNone,
                              discrepancy_backward};

}  // namespace rod::trainer
