#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "trainer/learning/optimizer.h"

namespace rod::trainer {
namespace {

torch::Tensor parameter(std::uint64_t seed, at::IntArrayRef shape) {
  torch::manual_seed(seed);
  return torch::randn(shape).requires_grad_();
}

struct Pair {
  torch::Tensor weight = parameter(1, {4, 3}), bias = parameter(2, {4});

  torch::Tensor loss(const torch::Tensor& x) const {
    return torch::linear(x, weight, bias).pow(2).mean();
  }
};

TEST(Sgd, EqualsTorchsOverManySteps) {
  for (const double weight_decay : {0., .05}) {
    Pair ours, theirs;
    Sgd sgd({{{{"weight", ours.weight}}, .1}, {{{"bias", ours.bias}}, .03}}, {.9, weight_decay});
    const auto options = [&](double lr) {
      return std::make_unique<torch::optim::SGDOptions>(
          torch::optim::SGDOptions(lr).momentum(.9).weight_decay(weight_decay));
    };
    torch::optim::SGD reference({torch::optim::OptimizerParamGroup({theirs.weight}, options(.1)),
                                 torch::optim::OptimizerParamGroup({theirs.bias}, options(.03))},
                                torch::optim::SGDOptions(.1));
    for (std::uint64_t step = 0; step < 10; ++step) {
      torch::manual_seed(10 + step);
      const torch::Tensor x = torch::randn({8, 3});
      sgd.zero_grad();
      reference.zero_grad();
      ours.loss(x).backward();
      theirs.loss(x).backward();
      sgd.step();
      reference.step();
      EXPECT_TRUE(ours.weight.allclose(theirs.weight, 1e-6, 1e-8)) << step;
      EXPECT_TRUE(ours.bias.allclose(theirs.bias, 1e-6, 1e-8)) << step;
    }
    EXPECT_FALSE(ours.weight.equal(parameter(1, {4, 3})));
  }
}

TEST(Sgd, GoesOnExactlyFromARestoredState) {
  Pair first, second;
  const torch::Tensor x = torch::randn({8, 3});
  const auto run = [&](Pair& pair, Sgd& sgd) {
    sgd.zero_grad();
    pair.loss(x).backward();
    sgd.step();
  };
  Sgd a({{{{"weight", first.weight}, {"bias", first.bias}}, .1}}, {.9, .05});
  run(first, a);
  Sgd b({{{{"weight", second.weight}, {"bias", second.bias}}, .1}}, {.9, .05});
  {
    const torch::NoGradGuard no_grad;
    second.weight.copy_(first.weight);
    second.bias.copy_(first.bias);
    const NamedTensors from = a.state(), to = b.state();
    for (std::size_t i = 0; i < to.size(); ++i) to[i].second.copy_(from[i].second);
  }
  run(first, a);
  run(second, b);
  EXPECT_TRUE(first.weight.equal(second.weight));
  EXPECT_TRUE(first.bias.equal(second.bias));
}

TEST(Sgd, NamesItsBuffersByParameter) {
  Pair pair;
  const Sgd sgd({{{{"netF.fc2.weight", pair.weight}}, .1}, {{{"netF.fc2.bias", pair.bias}}, .1}},
                {});
  const NamedTensors state = sgd.state();
  ASSERT_EQ(state.size(), 2);
  EXPECT_EQ(state[0].first, "optimizer.momentum.netF.fc2.weight");
  EXPECT_EQ(state[1].first, "optimizer.momentum.netF.fc2.bias");
  EXPECT_EQ(state[0].second.sizes(), pair.weight.sizes());
}

TEST(Sgd, LeavesParametersWithoutGradientAlone) {
  Pair pair;
  const torch::Tensor before = pair.bias.detach().clone();
  Sgd sgd({{{{"weight", pair.weight}, {"bias", pair.bias}}, .1}}, {.9, .5});
  pair.weight.sum().backward();
  sgd.step();
  EXPECT_TRUE(pair.bias.equal(before));
}

TEST(Sgd, UnscalesGradientsAndFindsThoseThatAreNotFinite) {
  for (const float value : {std::numeric_limits<float>::infinity(), std::nanf("")}) {
    Pair pair;
    // In two groups: each must be looked at.
    Sgd sgd({{{{"weight", pair.weight}}, .1}, {{{"bias", pair.bias}}, .1}}, {});
    (pair.weight.sum() * 8 + pair.bias.sum()).backward();
    const torch::Tensor four = torch::full({}, 4, torch::kDouble);
    EXPECT_TRUE(sgd.unscale(four).item<bool>());
    EXPECT_TRUE(pair.weight.grad().equal(torch::full({4, 3}, 2.f)));
    pair.weight.mutable_grad()[1][2] = value;
    EXPECT_FALSE(sgd.unscale(four).item<bool>());
    pair.weight.mutable_grad()[1][2] = 0;
    pair.bias.mutable_grad()[1] = value;
    EXPECT_FALSE(sgd.unscale(four).item<bool>());
  }
}

TEST(Sgd, StepsWhereGradientsAreFiniteAndElsewhereChangesNothing) {
  Pair always, where;
  const auto make = [](Pair& pair) {
    return Sgd({{{{"weight", pair.weight}}, .1}, {{{"bias", pair.bias}}, .03}}, {.9, .05});
  };
  Sgd a = make(always), b = make(where);
  const auto expect_equal = [&] {
    EXPECT_TRUE(always.weight.equal(where.weight));
    EXPECT_TRUE(always.bias.equal(where.bias));
    for (std::size_t i = 0; i < 2; ++i) EXPECT_TRUE(a.state()[i].second.equal(b.state()[i].second));
  };
  for (std::uint64_t step = 0; step < 4; ++step) {
    torch::manual_seed(step);
    const torch::Tensor x = torch::randn({8, 3});
    for (auto [pair, sgd] : {std::pair{&always, &a}, std::pair{&where, &b}}) {
      sgd->zero_grad();
      pair->loss(x).backward();
    }
    a.step();
    b.step(torch::ones({}, torch::kBool));
    expect_equal();
    b.zero_grad();
    where.loss(x * std::numeric_limits<float>::infinity()).backward();
    b.step(torch::zeros({}, torch::kBool));
    expect_equal();
  }
}

}  // namespace
}  // namespace rod::trainer
