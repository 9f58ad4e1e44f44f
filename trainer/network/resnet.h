// ResNets without their classifier. Parameters have torchvision's names.
// Source: He et al., "Deep residual learning for image recognition", CVPR 2016.
#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <string>

#include "trainer/process_group/batch_norm.h"
#include "trainer/process_group/layers.h"

namespace rod::trainer {

struct Arch {
  const char* name;
  std::array<std::int64_t, 4> blocks;  // of layer1 .. layer4
  std::int64_t width;                  // channels of layer1; each further layer doubles them
  bool bottleneck;                     // 1x1, 3x3, 1x1 blocks, whose output is four times as wide

  std::int64_t features() const { return width * 8 * (bottleneck ? 4 : 1); }
};

// resnet10-slim, resnet10, resnet18, resnet34, resnet50. Throws Error(kUsage) listing these.
const Arch& find_arch(const std::string& name);

inline constexpr std::int64_t kMinImageSize = 24;

// Returns the side of the last feature map for square images: 7 for 224. Requires: image_size >=
// kMinImageSize.
std::int64_t map_size(std::int64_t image_size);

// For images of at least 128 pixels, the stem is torchvision's: 7x7 stride 2, then max-pooling.
// Smaller images are downsampled less: 3x3 with stride 2 from 64 pixels on and stride 1 below,
// without pooling. Parameter names are the same: conv1, bn1, layer1.0.conv1, …
// layer2.0.downsample.0. Initialised as torchvision does: convolutions Kaiming normal (fan out,
// ReLU), batch normalisation 1 and 0.
class ResNetImpl : public torch::nn::Module {
 public:
  ResNetImpl(const Arch& arch, std::int64_t image_size);

  // [B,3,S,S] f32 -> [B,features(),m,m], m = map_size(S)
  torch::Tensor forward(torch::Tensor images);

 private:
  Convolution conv1_{nullptr};
  BatchNorm bn1_{nullptr};
  bool pool_;
  std::array<torch::nn::Sequential, 4> layers_{nullptr, nullptr, nullptr, nullptr};
};
TORCH_MODULE(ResNet);

}  // namespace rod::trainer
