#include "trainer/network/resnet.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rod::trainer {
namespace {

namespace nn = torch::nn;

constexpr Arch kArchs[] = {
    {"resnet10-slim", {1, 1, 1, 1}, 16, false}, {"resnet10", {1, 1, 1, 1}, 64, false},
    {"resnet18", {2, 2, 2, 2}, 64, false},      {"resnet34", {3, 4, 6, 3}, 64, false},
    {"resnet50", {3, 4, 6, 3}, 64, true},
};

// How often the stem halves the image.
int stem_halvings(std::int64_t image_size) {
  return image_size >= 128 ? 2 : image_size >= 64 ? 1 : 0;
}

Convolution convolution(std::int64_t in, std::int64_t out, std::int64_t kernel,
                        std::int64_t stride) {
  Convolution conv(in, out, kernel, stride, /*padding=*/kernel / 2, /*bias=*/false);
  nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut, torch::kReLU);
  return conv;
}

// Two 3x3 convolutions, or 1x1, 3x3, 1x1 ones, beside a shortcut. The stride is that of the first
// 3x3.
class BlockImpl : public nn::Module {
 public:
  BlockImpl(std::int64_t in, std::int64_t width, std::int64_t stride, bool bottleneck) {
    if (bottleneck) {
      add_stage(in, width, 1, 1);
      add_stage(width, width, 3, stride);
      add_stage(width, 4 * width, 1, 1);
    } else {
      add_stage(in, width, 3, stride);
      add_stage(width, width, 3, 1);
    }
    const std::int64_t out = bottleneck ? 4 * width : width;
    if (stride != 1 || in != out) {
      downsample_ = register_module(
          "downsample", nn::Sequential(convolution(in, out, 1, stride), BatchNorm(out)));
    }
  }

  torch::Tensor forward(torch::Tensor x) {
    torch::Tensor y = x;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      y = stages_[i].norm(stages_[i].conv(y));
      if (i + 1 < stages_.size()) y = y.relu_();
    }
    y += downsample_ ? downsample_->forward(x) : x;
    return y.relu_();
  }

 private:
  struct Stage {
    Convolution conv;
    BatchNorm norm;
  };

  void add_stage(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
    const std::string number = std::to_string(stages_.size() + 1);
    Stage stage{convolution(in, out, kernel, stride), BatchNorm(out)};
    register_module("conv" + number, stage.conv);
    register_module("bn" + number, stage.norm);
    stages_.push_back(std::move(stage));
  }

  std::vector<Stage> stages_;
  nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(Block);

}  // namespace

const Arch& find_arch(const std::string& name) {
  std::string known;
  for (const Arch& arch : kArchs) {
    if (name == arch.name) return arch;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", arch.name);
  }
  throw Error(ErrorKind::kUsage, fmt::format("--arch {}: unknown; use one of {}", name, known));
}

std::int64_t map_size(std::int64_t image_size) {
  std::int64_t size = image_size;
  for (int i = stem_halvings(image_size) + 3; i > 0; --i) size = (size + 1) / 2;
  return size;
}

ResNetImpl::ResNetImpl(const Arch& arch, std::int64_t image_size) {
  const int halvings = stem_halvings(image_size);
  pool_ = halvings == 2;
  conv1_ = register_module(
      "conv1", convolution(3, arch.width, halvings == 2 ? 7 : 3, halvings == 0 ? 1 : 2));
  bn1_ = register_module("bn1", BatchNorm(arch.width));
  std::int64_t channels = arch.width;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const std::int64_t width = arch.width << i;
    nn::Sequential blocks;
    for (std::int64_t block = 0; block < arch.blocks[i]; ++block) {
      blocks->push_back(Block(channels, width, i > 0 && block == 0 ? 2 : 1, arch.bottleneck));
      channels = arch.bottleneck ? 4 * width : width;
    }
    layers_[i] = register_module("layer" + std::to_string(i + 1), blocks);
  }
}

torch::Tensor ResNetImpl::forward(torch::Tensor images) {
  torch::Tensor x = bn1_(conv1_(images)).relu_();
  if (pool_) x = torch::max_pool2d(x, 3, 2, 1);
  for (nn::Sequential& layer : layers_) x = layer->forward(x);
  return x;
}

}  // namespace rod::trainer
