#include "trainer/network/resnet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"

namespace rod::trainer {
namespace {

std::int64_t count_parameters(const std::string& arch) {
  const ResNet net(find_arch(arch), 224);
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : net->parameters()) count += parameter.numel();
  return count;
}

TEST(FindArch, ListsThoseThereAre) {
  try {
    find_arch("vgg16");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("resnet10-slim, resnet10, resnet18"),
              std::string::npos);
  }
}

// torchvision's counts less those of its classifiers (512 or 2048 times 1000, and 1000).
TEST(ResNet, HasAsManyParametersAsTorchvisions) {
  EXPECT_EQ(count_parameters("resnet18"), 11'689'512 - 513'000);
  EXPECT_EQ(count_parameters("resnet34"), 21'797'672 - 513'000);
  EXPECT_EQ(count_parameters("resnet50"), 25'557'032 - 2'049'000);
}

TEST(ResNet, NamesTensorsAsTorchvisionDoes) {
  std::set<std::string> expected = {"conv1.weight"};
  const auto add_norm = [&](const std::string& name) {
    for (const char* part :
         {".weight", ".bias", ".running_mean", ".running_var", ".num_batches_tracked"}) {
      expected.insert(name + part);
    }
  };
  add_norm("bn1");
  for (int layer = 1; layer <= 4; ++layer) {
    for (int block = 0; block < 2; ++block) {
      const std::string at = "layer" + std::to_string(layer) + "." + std::to_string(block) + ".";
      expected.insert({at + "conv1.weight", at + "conv2.weight"});
      add_norm(at + "bn1");
      add_norm(at + "bn2");
      if (layer > 1 && block == 0) {
        expected.insert(at + "downsample.0.weight");
        add_norm(at + "downsample.1");
      }
    }
  }
  const ResNet net(find_arch("resnet18"), 224);
  std::set<std::string> found;
  for (const auto& item : net->named_parameters()) found.insert(item.key());
  for (const auto& item : net->named_buffers()) found.insert(item.key());
  EXPECT_EQ(found, expected);
}

TEST(ResNet, HasThreeConvolutionsPerBottleneckAndAWideShortcut) {
  const ResNet net(find_arch("resnet50"), 224);
  const auto parameters = net->named_parameters();
  using Shape = std::vector<std::int64_t>;
  EXPECT_EQ(parameters["layer1.0.downsample.0.weight"].sizes(), (Shape{256, 64, 1, 1}));
  EXPECT_EQ(parameters["layer2.0.conv1.weight"].sizes(), (Shape{128, 256, 1, 1}));
  EXPECT_EQ(parameters["layer2.0.conv2.weight"].sizes(), (Shape{128, 128, 3, 3}));
  EXPECT_EQ(parameters["layer2.0.conv3.weight"].sizes(), (Shape{512, 128, 1, 1}));
}

TEST(ResNet, StartsWithKaimingsVarianceAndPlainNormalisation) {
  torch::manual_seed(1);
  const ResNet net(find_arch("resnet18"), 224);
  const auto parameters = net->named_parameters();
  const torch::Tensor weight = parameters["layer3.1.conv2.weight"];  // [256,256,3,3]
  EXPECT_NEAR(weight.std().item<double>(), std::sqrt(2. / (256 * 9)), 1e-4);
  EXPECT_NEAR(weight.mean().item<double>(), 0, 1e-4);
  EXPECT_TRUE(parameters["layer3.1.bn2.weight"].eq(1).all().item<bool>());
  EXPECT_TRUE(parameters["layer3.1.bn2.bias"].eq(0).all().item<bool>());
}

TEST(MapSize, IsWhatTheNetworkGives) {
  const torch::NoGradGuard no_grad;
  for (const std::int64_t size : {24, 25, 33, 48, 63, 64, 65, 96, 127, 128, 129, 160, 192, 224}) {
    ResNet net(find_arch("resnet10-slim"), size);
    net->eval();
    const torch::Tensor map = net->forward(torch::zeros({1, 3, size, size}));
    EXPECT_EQ(map.size(1), 128) << size;
    EXPECT_EQ(map.size(2), map_size(size)) << size;
    EXPECT_EQ(map.size(3), map_size(size)) << size;
    EXPECT_GE(map_size(size), 3) << size;
  }
  EXPECT_EQ(map_size(224), 7);
}

}  // namespace
}  // namespace rod::trainer
