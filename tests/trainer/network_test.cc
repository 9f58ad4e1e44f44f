#include "trainer/network/network.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "tests/trainer/small_step.h"

namespace rod::trainer {
namespace {

using Shape = std::vector<std::int64_t>;

std::set<std::string> names(const NamedTensors& tensors, const std::string& prefix) {
  std::set<std::string> all;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with(prefix)) all.insert(name.substr(prefix.size()));
  }
  return all;
}

std::set<std::string> layers(const std::vector<std::string>& plain,
                             const std::vector<std::string>& norms) {
  std::set<std::string> all;
  for (const std::string& name : plain) all.insert({name + ".weight", name + ".bias"});
  for (const std::string& name : norms) {
    all.insert({name + ".weight", name + ".bias", name + ".running_mean", name + ".running_var",
                name + ".num_batches_tracked"});
  }
  return all;
}

TEST(Network, NamesItsHeadsAsTheCourseDoes) {
  const NamedTensors state = Network(NetworkOptions{})->state();
  EXPECT_EQ(names(state, "netF."), layers({"fc1.0", "fc2"}, {"fc1.1"}));
  EXPECT_EQ(names(state, "netF_rot."), layers({"conv_1x1.0", "conv_3x3.0", "fc1.0", "fc2"},
                                              {"conv_1x1.1", "conv_3x3.1", "fc1.1"}));
  EXPECT_EQ(names(state, "netG_rgb."), names(state, "netG_depth."));
  EXPECT_EQ(names(state, "").size(), names(state, "netF.").size() +
                                         names(state, "netF_rot.").size() +
                                         2 * names(state, "netG_rgb.").size());
}

TEST(Network, HasTheCoursesShapes) {
  Network network{NetworkOptions{}};
  const auto parameters = network->named_parameters();
  EXPECT_EQ(parameters["netF.fc1.0.weight"].sizes(), (Shape{1000, 1024}));
  EXPECT_EQ(parameters["netF.fc2.weight"].sizes(), (Shape{47, 1000}));
  EXPECT_EQ(parameters["netF_rot.conv_1x1.0.weight"].sizes(), (Shape{100, 1024, 1, 1}));
  EXPECT_EQ(parameters["netF_rot.conv_3x3.0.weight"].sizes(), (Shape{100, 100, 3, 3}));
  EXPECT_EQ(parameters["netF_rot.fc1.0.weight"].sizes(), (Shape{100, 900}));
  EXPECT_EQ(parameters["netF_rot.fc2.weight"].sizes(), (Shape{4, 100}));
}

TEST(Network, MapsAPairToFeaturesClassesAndRotations) {
  const torch::NoGradGuard no_grad;
  Network network{NetworkOptions{}};
  network->eval();
  const Features features =
      network->features(torch::randn({2, 3, 224, 224}), torch::randn({2, 3, 224, 224}));
  EXPECT_EQ(features.map.sizes(), (Shape{2, 1024, 7, 7}));
  EXPECT_EQ(features.feat.sizes(), (Shape{2, 1024}));
  EXPECT_TRUE(features.feat.allclose(torch::adaptive_avg_pool2d(features.map, {1, 1}).flatten(1),
                                     1e-5, 1e-6));
  EXPECT_EQ(network->classify(features.feat).sizes(), (Shape{2, 47}));
  EXPECT_EQ(network->classify_rotation(features.map).sizes(), (Shape{2, 4}));
}

TEST(Network, PutsRgbsChannelsBeforeDepths) {
  const torch::NoGradGuard no_grad;
  Network network = small_network(SecondHead::kNone);
  network->eval();
  const torch::Tensor a = torch::randn({1, 3, 24, 24}), b = torch::randn({1, 3, 24, 24});
  const torch::Tensor both = network->features(a, b).map, other = network->features(a, a).map;
  EXPECT_TRUE(both.slice(1, 0, 128).equal(other.slice(1, 0, 128)));
  EXPECT_FALSE(both.slice(1, 128).equal(other.slice(1, 128)));
}

TEST(Network, WorksForEverySizeOfImage) {
  const torch::NoGradGuard no_grad;
  for (const std::int64_t size : {24, 28, 32, 63, 64, 96, 127, 128, 224}) {
    Network network = small_network(SecondHead::kRelativeRotation, size);
    network->eval();
    const torch::Tensor image = torch::randn({1, 3, size, size});
    const Features features = network->features(image, image);
    EXPECT_EQ(network->classify(features.feat).sizes(), (Shape{1, 5})) << size;
    EXPECT_EQ(network->classify_rotation(features.map).sizes(), (Shape{1, 4})) << size;
  }
}

TEST(Network, RefusesImagesThatAreTooSmall) {
  NetworkOptions options;
  options.image_size = 23;
  try {
    Network network(options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("24"), std::string::npos);
  }
}

TEST(Network, InitialisesItsHeadsAsTheCourseDoes) {
  torch::manual_seed(1);
  Network network{NetworkOptions{}};
  const auto p = network->named_parameters();
  EXPECT_NEAR(p["netF.fc1.0.weight"].std().item<double>(), .01, 1e-4);
  EXPECT_NEAR(p["netF.fc1.0.bias"].std().item<double>(), .01, 1e-3);
  EXPECT_NEAR(p["netF.fc1.1.weight"].mean().item<double>(), 1, 2e-3);
  EXPECT_NEAR(p["netF.fc1.1.weight"].std().item<double>(), .01, 1e-3);
  EXPECT_TRUE(p["netF.fc1.1.bias"].eq(0).all().item<bool>());
  EXPECT_NEAR(p["netF_rot.conv_3x3.1.weight"].mean().item<double>(), 1, 5e-3);
  const double bound = std::sqrt(6. / (100 * 9 + 100 * 9));
  EXPECT_NEAR(p["netF_rot.conv_3x3.0.weight"].max().item<double>(), bound, bound / 100);
  EXPECT_NEAR(p["netF_rot.conv_3x3.0.weight"].min().item<double>(), -bound, bound / 100);
  EXPECT_TRUE(p["netF_rot.conv_3x3.0.bias"].eq(0).all().item<bool>());
}

TEST(Network, IsTheSameForTheSameSeed) {
  const NamedTensors a = small_network(SecondHead::kRelativeRotation)->state(),
                     b = small_network(SecondHead::kRelativeRotation)->state();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i].second.equal(b[i].second));
}

TEST(Network, SplitsItsParametersIntoBackbonesAndHeads) {
  Network network = small_network(SecondHead::kRelativeRotation);
  const NamedTensors backbone = network->backbone_parameters(), head = network->head_parameters();
  EXPECT_EQ(backbone.size() + head.size(), network->parameters().size());
  for (const auto& [name, tensor] : backbone) EXPECT_TRUE(name.starts_with("netG_")) << name;
  for (const auto& [name, tensor] : head) EXPECT_TRUE(name.starts_with("netF")) << name;
}

TEST(Network, HasNoRotationHeadUnlessAsked) {
  Network network = small_network(SecondHead::kNone);
  for (const auto& [name, tensor] : network->state()) {
    EXPECT_FALSE(name.starts_with("netF_rot")) << name;
  }
}

TEST(Network, ComputesTheSameInChannelsLastMemory) {
  const torch::NoGradGuard no_grad;
  Network plain = small_network(SecondHead::kRelativeRotation),
          turned = small_network(SecondHead::kRelativeRotation);
  turned->use_memory_format(at::MemoryFormat::ChannelsLast);
  plain->eval();
  turned->eval();
  EXPECT_TRUE(turned->named_parameters()["netG_rgb.layer1.0.conv1.weight"].is_contiguous(
      at::MemoryFormat::ChannelsLast));
  const torch::Tensor image = torch::randn({2, 3, 24, 24});
  EXPECT_TRUE(
      plain->features(image, image).map.allclose(turned->features(image, image).map, 1e-4, 1e-5));
}

TEST(Network, ReturnsFloat32NearTheSameWhenItComputesInBfloat16) {
  const torch::NoGradGuard no_grad;
  Network exact = small_network(SecondHead::kRelativeRotation);
  torch::manual_seed(3);
  NetworkOptions options = exact->options();
  options.compute = at::kBFloat16;
  Network rough(options);
  exact->eval();
  rough->eval();
  const torch::Tensor image = torch::randn({2, 3, 24, 24});
  const Features a = exact->features(image, image), b = rough->features(image, image);
  EXPECT_EQ(b.map.scalar_type(), at::kFloat);
  EXPECT_EQ(rough->classify(b.feat).scalar_type(), at::kFloat);
  EXPECT_FALSE(a.map.equal(b.map));
  EXPECT_LT(((a.map - b.map).norm() / a.map.norm()).item<double>(), .05);
}

}  // namespace
}  // namespace rod::trainer
