#include "trainer/methods/losses.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rod::trainer {
namespace {

TEST(Entropy, IsLogOfTheNumberOfClassesWhereAllAreAlike) {
  EXPECT_NEAR(entropy(torch::zeros({5, 47})).item<float>(), std::log(47.f), 1e-5);
}

TEST(Entropy, IsTheMeanOverTheBatch) {
  const torch::Tensor logits = torch::tensor({0., 0., 100., 0.}).view({2, 2}).to(torch::kFloat);
  EXPECT_NEAR(entropy(logits).item<float>(), std::log(2.f) / 2, 1e-6);
}

TEST(Entropy, LeavesOutProbabilitiesBelowAMillionth) {
  // p = {1 - 2e-6 - 5e-7, 2e-6, 5e-7}: the last is left out, the second is not.
  const torch::Tensor p = torch::tensor({1 - 2.5e-6, 2e-6, 5e-7}, torch::kDouble).view({1, 3});
  const double expected = -(1 - 2.5e-6) * std::log(1 - 2.5e-6) - 2e-6 * std::log(2e-6);
  EXPECT_NEAR(entropy(p.log()).item<double>(), expected, 1e-12);
}

TEST(Entropy, HasFiniteGradientsWhereAProbabilityIsZero) {
  const torch::Tensor logits = torch::tensor({0.f, 500.f}).view({1, 2}).requires_grad_();
  entropy(logits).backward();
  EXPECT_TRUE(logits.grad().isfinite().all().item<bool>());
}

TEST(Entropy, GivesNoGradientThroughWhatItLeavesOut) {
  // In double, against the same sum written over the kept elements alone.
  const torch::Tensor a = torch::tensor({0., 1., -20., 3.}, torch::kDouble).view({1, 4});
  const torch::Tensor b = a.clone();
  a.requires_grad_();
  b.requires_grad_();
  entropy(a).backward();
  const torch::Tensor p = b.softmax(1);
  const torch::Tensor kept = p.masked_select(p >= 1e-6);
  ASSERT_EQ(kept.numel(), 3);
  (-(kept * kept.log()).sum()).backward();
  EXPECT_TRUE(a.grad().allclose(b.grad(), 0, 1e-12));
}

TEST(AddGradients, AddsToWhatIsThere) {
  const torch::Tensor x = torch::ones({3}).requires_grad_();
  add_gradients((x * 2).sum(), 1, {});
  add_gradients((x * 5).sum(), .5, {});
  EXPECT_TRUE(x.grad().equal(torch::full({3}, 4.5f)));
}

}  // namespace
}  // namespace rod::trainer
