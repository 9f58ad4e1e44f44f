#include "trainer/methods/method.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/trainer/small_step.h"
#include "trainer/methods/losses.h"

namespace rod::trainer {
namespace {

std::vector<std::string> names(const NamedLosses& losses) {
  std::vector<std::string> all;
  for (const auto& [name, loss] : losses) all.push_back(name);
  return all;
}

std::vector<torch::Tensor> gradients(Network& network) {
  std::vector<torch::Tensor> all;
  for (const torch::Tensor& parameter : network->parameters()) {
    all.push_back(parameter.grad().defined() ? parameter.grad() : torch::zeros_like(parameter));
  }
  return all;
}

void expect_close(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i].allclose(b[i], 1e-5, 1e-7)) << i;
}

std::int64_t batches_seen(Network& network, const std::string& norm) {
  return network->named_buffers()[norm + ".num_batches_tracked"].item<std::int64_t>();
}

TEST(FindMethod, NamesTheMethodsWhenItKnowsNone) {
  try {
    find_method("magic");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("source-only"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("rr"), std::string::npos);
  }
}

TEST(RelativeRotation, UsesFourStreams) {
  const Method& method = find_method("rr");
  ASSERT_EQ(method.streams.size(), 4);
  EXPECT_STREQ(method.streams[0].name, "source");
  EXPECT_STREQ(method.streams[1].name, "target");
  EXPECT_STREQ(method.streams[2].name, "source_rot");
  EXPECT_STREQ(method.streams[3].name, "target_rot");
}

TEST(RelativeRotation, AddsTheGradientsOfItsThreePasses) {
  const Method& method = find_method("rr");
  const std::vector<Minibatch> batches = random_batches(method, 6);
  LossWeights weights;
  weights.rot = .7;
  weights.ent = .3;
  Network network = small_network(SecondHead::kRelativeRotation),
          by_hand = small_network(SecondHead::kRelativeRotation);
  method.backward(network, batches, weights);

  const auto features = [&](std::size_t i) {
    return by_hand->features(batches[i].rgb, batches[i].depth);
  };
  (class_loss(by_hand, features(0), batches[0]) + .3 * entropy_loss(by_hand, features(1)) +
   .7 * rotation_loss(by_hand, features(2), batches[2]) +
   .7 * rotation_loss(by_hand, features(3), batches[3]))
      .backward();
  expect_close(gradients(network), gradients(by_hand));
}

TEST(RelativeRotation, ReportsLossesBeforeWeightingAndDetached) {
  const Method& method = find_method("rr");
  const std::vector<Minibatch> batches = random_batches(method, 6);
  LossWeights light, heavy{10, 10, 1024};
  light.ent = 1e-3;
  Network a = small_network(SecondHead::kRelativeRotation),
          b = small_network(SecondHead::kRelativeRotation);
  const NamedLosses first = method.backward(a, batches, light);
  const NamedLosses second = method.backward(b, batches, heavy);
  EXPECT_EQ(names(first), (std::vector<std::string>{"loss.cls", "loss.ent", "loss.rot_source",
                                                    "loss.rot_target"}));
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(first[i].second.equal(second[i].second)) << first[i].first;
    EXPECT_FALSE(first[i].second.requires_grad());
  }
}

TEST(RelativeRotation, LeavesTheEntropyPassOutWhenItWeighsNothing) {
  const Method& method = find_method("rr");
  LossWeights weights;
  weights.ent = 0;
  Network network = small_network(SecondHead::kRelativeRotation);
  const NamedLosses losses = method.backward(network, random_batches(method, 6), weights);
  EXPECT_EQ(names(losses),
            (std::vector<std::string>{"loss.cls", "loss.rot_source", "loss.rot_target"}));
  EXPECT_EQ(batches_seen(network, "netF.fc1.1"), 1);
  EXPECT_EQ(batches_seen(network, "netG_rgb.bn1"), 3);
}

TEST(RelativeRotation, ShowsBatchNormalisationEachBatchByItself) {
  const Method& method = find_method("rr");
  Network network = small_network(SecondHead::kRelativeRotation);
  method.backward(network, random_batches(method, 6), {});
  EXPECT_EQ(batches_seen(network, "netG_rgb.bn1"), 4);
  EXPECT_EQ(batches_seen(network, "netG_depth.layer4.0.bn2"), 4);
  EXPECT_EQ(batches_seen(network, "netF.fc1.1"), 2);
  EXPECT_EQ(batches_seen(network, "netF_rot.conv_1x1.1"), 2);
}

TEST(RelativeRotation, MultipliesAllGradientsByTheLossScale) {
  const Method& method = find_method("rr");
  const std::vector<Minibatch> batches = random_batches(method, 6);
  LossWeights scaled;
  scaled.scale = torch::full({}, 256);
  Network a = small_network(SecondHead::kRelativeRotation),
          b = small_network(SecondHead::kRelativeRotation);
  method.backward(a, batches, {});
  method.backward(b, batches, scaled);
  std::vector<torch::Tensor> unscaled;
  for (const torch::Tensor& gradient : gradients(b)) unscaled.push_back(gradient / 256);
  expect_close(gradients(a), unscaled);
}

TEST(SourceOnly, LearnsFromOneStreamAlone) {
  const Method& method = find_method("source-only");
  ASSERT_EQ(method.streams.size(), 1);
  EXPECT_EQ(method.head, SecondHead::kNone);
  const std::vector<Minibatch> batches = random_batches(method, 6);
  Network network = small_network(SecondHead::kNone), by_hand = small_network(SecondHead::kNone);
  EXPECT_EQ(names(method.backward(network, batches, {})), std::vector<std::string>{"loss.cls"});
  const Features features = by_hand->features(batches[0].rgb, batches[0].depth);
  class_loss(by_hand, features, batches[0]).backward();
  expect_close(gradients(network), gradients(by_hand));
}

}  // namespace
}  // namespace rod::trainer
