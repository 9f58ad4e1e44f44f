#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "trainer/learning/optimizer.h"

namespace rod::trainer {
namespace {

struct Layer {
  explicit Layer(at::ScalarType dtype) {
    torch::manual_seed(1);
    weight = torch::randn({4, 3}, dtype).requires_grad_();
    bias = torch::randn({4}, dtype).requires_grad_();
  }
  void backward(std::uint64_t step, double scale = 1) const {
    torch::manual_seed(10 + step);
    const torch::Tensor x = torch::randn({8, 3}, weight.options());
    (torch::linear(x, weight, bias).pow(2).mean() * scale).backward();
  }
  std::vector<ParameterGroup> groups() const {
    return {{{{"weight", weight}}, .1}, {{{"bias", bias}}, .03}};
  }
  torch::Tensor weight, bias;
};

template <typename Options>
std::vector<torch::optim::OptimizerParamGroup> torch_groups(const Layer& layer,
                                                            const Options& of_lr) {
  return {torch::optim::OptimizerParamGroup({layer.weight}, of_lr(.1)),
          torch::optim::OptimizerParamGroup({layer.bias}, of_lr(.03))};
}

void expect_near(const Layer& ours, const Layer& theirs, std::uint64_t step) {
  EXPECT_TRUE(ours.weight.allclose(theirs.weight, 1e-6, 1e-6)) << step;
  EXPECT_TRUE(ours.bias.allclose(theirs.bias, 1e-6, 1e-6)) << step;
}

TEST(AdamW, EqualsTorchsOverFiftySteps) {
  for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
    for (const double weight_decay : {0., .05}) {
      const Layer ours(dtype), theirs(dtype);
      AdamWOptions options;
      options.weight_decay = weight_decay;
      AdamW adamw(ours.groups(), options);
      torch::optim::AdamW reference(
          torch_groups(theirs,
                       [&](double lr) {
                         return std::make_unique<torch::optim::AdamWOptions>(
                             torch::optim::AdamWOptions(lr).weight_decay(weight_decay));
                       }),
          torch::optim::AdamWOptions(.1));
      for (std::uint64_t step = 0; step < 50; ++step) {
        adamw.zero_grad();
        reference.zero_grad();
        ours.backward(step);
        theirs.backward(step);
        adamw.step();
        reference.step();
        expect_near(ours, theirs, step);
      }
    }
  }
}

TEST(AdamW, GoesOnExactlyFromARestoredState) {
  const Layer first(at::kFloat), second(at::kFloat);
  const auto step = [](const Layer& layer, AdamW& adamw, std::uint64_t number) {
    adamw.zero_grad();
    layer.backward(number);
    adamw.step();
  };
  AdamW a(first.groups(), {}), b(second.groups(), {});
  for (std::uint64_t number = 0; number < 3; ++number) step(first, a, number);
  {
    const torch::NoGradGuard no_grad;
    second.weight.copy_(first.weight);
    second.bias.copy_(first.bias);
    const NamedTensors from = a.state(), to = b.state();
    for (std::size_t i = 0; i < to.size(); ++i) to[i].second.copy_(from[i].second);
  }
  step(first, a, 3);
  step(second, b, 3);
  EXPECT_TRUE(first.weight.equal(second.weight));
  EXPECT_TRUE(first.bias.equal(second.bias));
}

TEST(AdamW, CountsNoStepWhoseGradientsAreNotFinite) {
  const Layer always(at::kFloat), where(at::kFloat);
  AdamW a(always.groups(), {}), b(where.groups(), {});
  for (std::uint64_t step = 0; step < 3; ++step) {
    a.zero_grad();
    b.zero_grad();
    always.backward(step);
    where.backward(step);
    a.step();
    b.step(torch::ones({}, torch::kBool));
    b.zero_grad();
    where.backward(step, std::numeric_limits<double>::infinity());
    b.step(torch::zeros({}, torch::kBool));
    EXPECT_TRUE(always.weight.equal(where.weight));
    for (std::size_t i = 0; i < a.state().size(); ++i) {
      EXPECT_TRUE(a.state()[i].second.equal(b.state()[i].second)) << a.state()[i].first;
    }
  }
}

TEST(ClipGradNorm, EqualsTorchs) {
  for (const double max_norm : {.01, .5, 1e9}) {
    const Layer ours(at::kFloat), theirs(at::kFloat);
    Sgd sgd(ours.groups(), {});
    for (std::uint64_t step = 0; step < 50; ++step) {
      sgd.zero_grad();
      for (const torch::Tensor& p : {theirs.weight, theirs.bias}) p.mutable_grad().reset();
      ours.backward(step, 1. + double(step));
      theirs.backward(step, 1. + double(step));
      const double norm = sgd.clip_grad_norm(max_norm).item<double>();
      const double expected =
          torch::nn::utils::clip_grad_norm_({theirs.weight, theirs.bias}, max_norm);
      EXPECT_NEAR(norm, expected, 1e-6 * expected);
      EXPECT_TRUE(ours.weight.grad().allclose(theirs.weight.grad(), 1e-6, 1e-8)) << step;
      EXPECT_TRUE(ours.bias.grad().allclose(theirs.bias.grad(), 1e-6, 1e-8)) << step;
    }
  }
}

TEST(LrFactor, ScalesTheRateOfEachGroupAsTorchDoes) {
  for (const bool use_adamw : {false, true}) {
    const Layer ours(at::kFloat), theirs(at::kFloat);
    std::unique_ptr<Optimizer> optimizer;
    std::unique_ptr<torch::optim::Optimizer> reference;
    if (use_adamw) {
      optimizer = std::make_unique<AdamW>(ours.groups(), AdamWOptions{});
      reference = std::make_unique<torch::optim::AdamW>(
          torch_groups(theirs,
                       [](double lr) {
                         return std::make_unique<torch::optim::AdamWOptions>(
                             torch::optim::AdamWOptions(lr).weight_decay(0));
                       }),
          torch::optim::AdamWOptions(.1));
    } else {
      optimizer = std::make_unique<Sgd>(ours.groups(), SgdOptions{.9, .05});
      reference = std::make_unique<torch::optim::SGD>(
          torch_groups(theirs,
                       [](double lr) {
                         return std::make_unique<torch::optim::SGDOptions>(
                             torch::optim::SGDOptions(lr).momentum(.9).weight_decay(.05));
                       }),
          torch::optim::SGDOptions(.1));
    }
    for (std::uint64_t step = 0; step < 50; ++step) {
      optimizer->zero_grad();
      reference->zero_grad();
      ours.backward(step);
      theirs.backward(step);
      const double factor = std::pow(.5, double(step / 7));
      optimizer->set_lr_factor(factor);
      reference->param_groups()[0].options().set_lr(.1 * factor);
      reference->param_groups()[1].options().set_lr(.03 * factor);
      optimizer->step();
      reference->step();
      expect_near(ours, theirs, step);
    }
  }
}

}  // namespace
}  // namespace rod::trainer
