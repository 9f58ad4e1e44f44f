// The pieces that the adaptation methods are made of, each against its definition.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "tests/trainer/small_step.h"
#include "trainer/learning/learner.h"
#include "trainer/methods/losses.h"

namespace rod::trainer {
namespace {

torch::Tensor random(std::int64_t rows, std::int64_t columns, double shift = 0) {
  return torch::randn({rows, columns}, torch::kDouble) + shift;
}

TEST(ReverseGradient, PassesValuesAndTurnsGradientsRound) {
  const torch::Tensor x = torch::arange(6.).requires_grad_();
  const torch::Tensor y = reverse_gradient(x, .25);
  EXPECT_TRUE(y.equal(x));
  (y * torch::arange(6.)).sum().backward();
  EXPECT_TRUE(x.grad().equal(-.25 * torch::arange(6.)));
}

TEST(MeanDiscrepancy, IsTheUnbiasedEstimateOverAllPairs) {
  torch::manual_seed(1);
  const torch::Tensor a = random(4, 3), b = random(4, 3, .5);
  const torch::Tensor rows = torch::cat({a, b});
  const auto squared = [&](int i, int j) {
    return (rows[i] - rows[j]).square().sum().item<double>();
  };
  double mean = 0;
  for (int i = 0; i < 8; ++i) {
    for (int j = 0; j < 8; ++j) mean += squared(i, j) / 56;
  }
  const auto kernel = [&](int i, int j) {
    double sum = 0;
    for (const double scale : {.25, .5, 1., 2., 4.}) sum += std::exp(-squared(i, j) / mean / scale);
    return sum / 5;
  };
  double expected = 0;
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      if (i != j) expected += (kernel(i, j) + kernel(4 + i, 4 + j)) / 12;
      expected -= 2 * kernel(i, 4 + j) / 16;
    }
  }
  EXPECT_NEAR(mean_discrepancy(a, b).item<double>(), expected, 1e-12);
}

TEST(MeanDiscrepancy, IsAboutZeroForOneDistributionAndLargeForTwo) {
  torch::manual_seed(2);
  EXPECT_LT(std::abs(mean_discrepancy(random(200, 8), random(200, 8)).item<double>()), .01);
  EXPECT_GT(mean_discrepancy(random(200, 8), random(200, 8, 1)).item<double>(), .1);
}

TEST(MeanDiscrepancy, HoldsItsBandwidthsFixedInTheGradient) {
  // All distances grow alike with the scale: with bandwidths that follow, nothing would change.
  torch::manual_seed(4);
  const torch::Tensor scale = torch::ones({}, torch::kDouble).requires_grad_();
  const torch::Tensor a = random(6, 3), b = random(6, 3, 1);
  mean_discrepancy(a * scale, b * scale).backward();
  EXPECT_GT(std::abs(scale.grad().item<double>()), 1e-3);
  EXPECT_NEAR(mean_discrepancy(a, b).item<double>(), mean_discrepancy(3 * a, 3 * b).item<double>(),
              1e-12);
}

TEST(MeanDiscrepancy, PullsTheDistributionsTogether) {
  torch::manual_seed(3);
  torch::Tensor a = random(32, 4);
  const torch::Tensor b = random(32, 4, 2);
  const double before = mean_discrepancy(a, b).item<double>();
  for (int step = 0; step < 300; ++step) {
    a = a.detach().requires_grad_();
    mean_discrepancy(a, b).backward();
    a = a - 5 * a.grad();
  }
  EXPECT_LT(mean_discrepancy(a, b).item<double>(), before / 10);
}

TEST(AngleLoss, HasTheGradientOfItsDefinition) {
  // Through the whole method: moving the head's last bias moves every estimate.
  const Method& method = find_method("rr-regression");
  const auto batches = random_batches(method, 6);
  Network network = small_network(SecondHead::kAngle);
  LossWeights weights;
  weights.ent = 0;
  method.backward(network, batches, weights);
  const torch::Tensor bias = network->named_parameters()["netF_rot.fc2.bias"];
  const torch::Tensor analytic = bias.grad().clone();
  const auto losses_at = [&](double shift) {
    Network moved = small_network(SecondHead::kAngle);
    const torch::NoGradGuard no_grad;
    moved->named_parameters()["netF_rot.fc2.bias"] += shift;
    double sum = 0;
    for (int stream : {2, 3}) {
      const Minibatch& batch = batches[static_cast<std::size_t>(stream)];
      const torch::Tensor raw =
          moved->classify_rotation(moved->features(batch.rgb, batch.depth).map).select(1, 0);
      const torch::Tensor angle = 2 * M_PI * raw.sigmoid();
      const torch::Tensor expected = batch.label.to(torch::kFloat) * (2 * M_PI / 65536);
      sum += ((angle - expected) / 2).sin().abs().mean().item<double>();
    }
    return sum;
  };
  EXPECT_NEAR(analytic.item<double>(), (losses_at(1e-2) - losses_at(-1e-2)) / 2e-2, 2e-3);
}

TEST(FeatureNorm, GrowsTheNormsStepByStep) {
  const Method& method = find_method("afn");
  const auto batches = random_batches(method, 8);
  const auto norms = [&](Network& network) {
    const torch::NoGradGuard no_grad;
    return network->hidden(network->features(batches[1].rgb, batches[1].depth).feat)
        .norm(2, 1)
        .mean()
        .item<double>();
  };
  Network network = small_network(SecondHead::kNone);
  const double before = norms(network);
  LossWeights weights;
  weights.adapt = 20;
  const NamedLosses losses = method.backward(network, batches, weights);
  EXPECT_NEAR(losses[1].second.item<float>(), 2, 1e-4) << "each norm is 1 below where it shall go";
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : network->parameters()) {
    if (parameter.grad().defined()) parameter -= .01 * parameter.grad();
  }
  EXPECT_GT(norms(network), before);
}

TEST(DomainAdversarial, MovesTheBackboneAgainstTheDomainHead) {
  const Method& method = find_method("dann");
  const auto batches = random_batches(method, 6);
  const auto gradients = [&](double adapt, const char* name) {
    Network network = small_network(SecondHead::kDomain);
    LossWeights weights;
    weights.adapt = adapt;
    method.backward(network, batches, weights);
    return network->named_parameters()[name].grad().clone();
  };
  // The head's own gradient does not depend on lambda; the backbone's is linear in it.
  EXPECT_TRUE(gradients(0, "netD.0.weight").allclose(gradients(2, "netD.0.weight"), 1e-5, 1e-8));
  const char* conv = "netG_rgb.conv1.weight";
  const torch::Tensor none = gradients(0, conv), one = gradients(1, conv), two = gradients(2, conv);
  EXPECT_FALSE(none.allclose(one, 1e-3, 1e-9));
  const torch::Tensor first = one - none, second = two - one;
  EXPECT_LT((second - first).norm().item<float>(), 1e-2 * first.norm().item<float>());
}

TEST(DomainAdversarial, StartsWithoutAdaptation) {
  const Method& method = find_method("dann");
  const auto batches = random_batches(method, 6);
  LossWeights start;
  start.progress = 0;
  Network ramped = small_network(SecondHead::kDomain), plain = small_network(SecondHead::kDomain);
  method.backward(ramped, batches, start);
  const Features features = plain->features(batches[0].rgb, batches[0].depth);
  class_loss(plain, features, batches[0]).backward();
  const char* conv = "netG_depth.conv1.weight";
  EXPECT_TRUE(ramped->named_parameters()[conv].grad().allclose(
      plain->named_parameters()[conv].grad(), 1e-5, 1e-8));
}

class EveryMethod : public testing::TestWithParam<const Method*> {
 protected:
  Network network(const std::string& modality, bool concat_batches = false) {
    torch::manual_seed(3);
    NetworkOptions options;
    options.concat_batches = concat_batches;
    options.arch = "resnet10-slim";
    options.classes = kSmallClasses;
    options.image_size = kSmallSize;
    options.head = GetParam()->head;
    options.modalities = parse_modalities(modality);
    Network network(options);
    network->train();
    return network;
  }
};

TEST_P(EveryMethod, ReportsTheLossesItNamesAndReachesEveryParameter) {
  const Method& method = *GetParam();
  Network net = network("rgbd");
  std::vector<std::string> expected, found;
  for (const LossSpec& loss : method.losses) {
    expected.push_back(loss.name);
    for (const std::size_t stream : loss.streams) EXPECT_LT(stream, method.streams.size());
  }
  for (const auto& [name, loss] : method.backward(net, random_batches(method, 6), {})) {
    found.push_back(name);
    EXPECT_TRUE(loss.isfinite().all().item<bool>()) << name;
  }
  EXPECT_EQ(found, expected);
  for (const auto& item : net->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
  }
}

TEST_P(EveryMethod, MultipliesAllGradientsByTheLossScale) {
  const Method& method = *GetParam();
  const auto batches = random_batches(method, 6);
  Network plain = network("rgbd"), scaled = network("rgbd");
  LossWeights weights;
  torch::manual_seed(5);
  method.backward(plain, batches, weights);
  weights.scale = torch::full({}, 256);
  torch::manual_seed(5);
  method.backward(scaled, batches, weights);
  const auto a = plain->named_parameters(), b = scaled->named_parameters();
  for (const auto& item : a) {
    EXPECT_TRUE((item.value().grad() * 256).allclose(b[item.key()].grad(), 1e-4, 1e-6))
        << item.key();
  }
}

// In double precision, with dropout: losses, gradients, and the running statistics of three steps.
TEST_P(EveryMethod, ComputesTheSameFromConcatenatedBatches) {
  const Method& method = *GetParam();
  for (const double ent : {.1, 0.}) {
    Network one_by_one = network("rgbd"), all_at_once = network("rgbd", /*concat_batches=*/true);
    one_by_one->to(torch::kDouble);
    all_at_once->to(torch::kDouble);
    LossWeights weights;
    weights.rot = .7;
    weights.ent = ent;
    weights.progress = .3;
    for (std::uint64_t step = 0; step < 3; ++step) {
      std::vector<Minibatch> batches = random_batches(method, 6, step);
      for (Minibatch& batch : batches) {
        batch.rgb = batch.rgb.to(torch::kDouble);
        batch.depth = batch.depth.to(torch::kDouble);
      }
      weights.scale = step == 2 ? torch::full({}, 256., torch::kDouble) : torch::Tensor();
      torch::manual_seed(5);
      const NamedLosses expected = method.backward(one_by_one, batches, weights);
      torch::manual_seed(5);
      const NamedLosses found = method.backward(all_at_once, batches, weights);
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(found[i].first, expected[i].first);
        EXPECT_NEAR(found[i].second.item<double>(), expected[i].second.item<double>(), 1e-6);
      }
    }
    const auto parameters = all_at_once->named_parameters();
    for (const auto& item : one_by_one->named_parameters()) {
      const torch::Tensor expected = item.value().grad(), found = parameters[item.key()].grad();
      EXPECT_LE((found - expected).norm().item<double>(), 1e-6 * expected.norm().item<double>())
          << item.key();
    }
    const auto buffers = all_at_once->named_buffers();
    for (const auto& item : one_by_one->named_buffers()) {
      EXPECT_TRUE(item.value().allclose(buffers[item.key()], 1e-9, 1e-12)) << item.key();
    }
  }
}

TEST_P(EveryMethod, WorksOnOneModalityOrSaysWhyNot) {
  const Method& method = *GetParam();
  const bool compares =
      method.head == SecondHead::kRelativeRotation || method.head == SecondHead::kAngle;
  for (const char* modality : {"rgb", "depth"}) {
    if (compares) {
      try {
        network(modality);
        FAIL();
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kUsage);
        EXPECT_NE(std::string(error.what()).find("--modality rgbd"), std::string::npos);
      }
      continue;
    }
    auto batches = random_batches(method, 6);
    for (Minibatch& batch : batches) (*modality == 'r' ? batch.depth : batch.rgb) = torch::Tensor();
    for (const bool concat_batches : {false, true}) {
      Network net = network(modality, concat_batches);
      method.backward(net, batches, {});
      for (const auto& item : net->named_parameters()) {
        EXPECT_TRUE(item.value().grad().defined()) << item.key();
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, EveryMethod, testing::ValuesIn(all_methods()), method_test_name);

}  // namespace
}  // namespace rod::trainer
