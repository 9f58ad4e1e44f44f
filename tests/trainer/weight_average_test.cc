#include "trainer/learning/weight_average.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/trainer/parity_script.h"
#include "tests/trainer/small_step.h"

namespace rod::trainer {
namespace {

// Where one parameter, one running mean and one counter lie in the state.
struct Watched {
  explicit Watched(const NamedTensors& state) {
    for (const auto& [name, tensor] : state) {
      if (!tensor.is_floating_point()) counter = tensor;
      if (name.ends_with("bn1.weight")) weight = tensor.detach();
      if (name.ends_with("bn1.running_mean")) mean = tensor;
    }
  }
  torch::Tensor weight, mean, counter;
};

std::vector<double> values(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

TEST(WeightAverage, EqualsPyTorchsAveragedModelOverFiftySteps) {
  if (std::string(ROD_TEST_PYTHON).empty()) {
    GTEST_SKIP() << "configure with -DROD_TEST_PYTHON=PYTHON, one that has torch";
  }
  Network network = small_network(SecondHead::kNone);
  network->to(torch::kDouble);
  WeightAverage average(network, .9);
  const Watched live(network->state()), averaged(average.state());
  nlohmann::json lives, averages;
  for (std::uint64_t step = 0; step < 50; ++step) {
    live.weight.add_(torch::randn_like(live.weight));
    live.mean.copy_(live.weight);
    average.update(step);
    EXPECT_TRUE(averaged.mean.equal(averaged.weight)) << "running means are averaged, too";
    lives.push_back(values(live.weight));
    averages.push_back(values(averaged.weight));
  }
  const nlohmann::json cases = {{{"decay", .9}, {"live", lives}, {"average", averages}}};
  expect_as_in_pytorch(cases);
}

TEST(WeightAverage, StandsInForTheNetworkAsLongAsItIsAsked) {
  Network network = small_network(SecondHead::kNone);
  WeightAverage average(network, .5);
  const Watched live(network->state());
  live.weight.fill_(1);
  average.update(0);
  live.weight.fill_(2);
  average.update(1);
  {
    const AveragedNetwork averaged(&average);
    EXPECT_TRUE(live.weight.eq(1.5).all().item<bool>());
  }
  EXPECT_TRUE(live.weight.eq(2).all().item<bool>());
  EXPECT_TRUE(Watched(average.state()).weight.eq(1.5).all().item<bool>());
  const AveragedNetwork none(nullptr);
  EXPECT_TRUE(live.weight.eq(2).all().item<bool>());
}

}  // namespace
}  // namespace rod::trainer
