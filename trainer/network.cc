#include "trainer/network.h"

#include <fmt/format.h>

#include "base/error.h"
#include "trainer/autocast.h"

namespace rod {
namespace {

namespace nn = torch::nn;

constexpr std::int64_t kHiddenUnits = 1000;      // of the class head
constexpr std::int64_t kRotationChannels = 100;  // of every hidden layer of the rotation head
constexpr std::int64_t kRotations = 4;

// The Python program's: convolutions Xavier uniform and 0, batch normalisation N(1, .01) and 0,
// linear layers N(0, .01), bias included; .01 is the standard deviation.
void initialise_head(nn::Module& head) {
  const torch::NoGradGuard no_grad;
  for (const auto& module : head.modules(/*include_self=*/false)) {
    if (auto* conv = module->as<nn::Conv2dImpl>()) {
      nn::init::xavier_uniform_(conv->weight);
      conv->bias.zero_();
    } else if (auto* norm2 = module->as<nn::BatchNorm2dImpl>()) {
      norm2->weight.normal_(1, .01);
    } else if (auto* norm1 = module->as<nn::BatchNorm1dImpl>()) {
      norm1->weight.normal_(1, .01);
    } else if (auto* linear = module->as<nn::LinearImpl>()) {
      linear->weight.normal_(0, .01);
      linear->bias.normal_(0, .01);
    }
  }
}

nn::Sequential linear_block(std::int64_t in, std::int64_t out, double dropout_p) {
  return nn::Sequential(nn::Linear(in, out), nn::BatchNorm1d(out), nn::ReLU(),
                        nn::Dropout(dropout_p));
}

nn::Sequential conv_block(std::int64_t in, std::int64_t kernel, std::int64_t stride) {
  return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(in, kRotationChannels, kernel).stride(stride)),
                        nn::BatchNorm2d(kRotationChannels), nn::ReLU());
}

void append(NamedTensors& all, const std::string& prefix, const nn::Module& module) {
  for (const auto& item : module.named_parameters()) {
    all.emplace_back(prefix + item.key(), item.value());
  }
}

}  // namespace

ClassHeadImpl::ClassHeadImpl(std::int64_t inputs, std::int64_t classes, double dropout_p) {
  fc1_ = register_module("fc1", linear_block(inputs, kHiddenUnits, dropout_p));
  fc2_ = register_module("fc2", nn::Linear(kHiddenUnits, classes));
  initialise_head(*this);
}

torch::Tensor ClassHeadImpl::forward(torch::Tensor feat) {
  return fc2_(fc1_->forward(feat));
}

RotationHeadImpl::RotationHeadImpl(std::int64_t inputs, std::int64_t map_size, double dropout_p) {
  const std::int64_t side = (map_size - 3) / 2 + 1;  // 7 -> 3
  conv_1x1_ = register_module("conv_1x1", conv_block(inputs, 1, 1));
  conv_3x3_ = register_module("conv_3x3", conv_block(kRotationChannels, 3, 2));
  fc1_ = register_module(
      "fc1", linear_block(kRotationChannels * side * side, kRotationChannels, dropout_p));
  fc2_ = register_module("fc2", nn::Linear(kRotationChannels, kRotations));
  initialise_head(*this);
}

torch::Tensor RotationHeadImpl::forward(torch::Tensor map) {
  return fc2_(fc1_->forward(conv_3x3_->forward(conv_1x1_->forward(map)).flatten(1)));
}

NetworkImpl::NetworkImpl(const NetworkOptions& options) : options_(options) {
  const Arch& arch = find_arch(options.arch);
  if (options.image_size < kMinImageSize) {
    throw Error(ErrorKind::kUsage, fmt::format("--image-size {}: too small for {}; take {} or more",
                                               options.image_size, arch.name, kMinImageSize));
  }
  rgb_ = register_module("netG_rgb", ResNet(arch, options.image_size));
  depth_ = register_module("netG_depth", ResNet(arch, options.image_size));
  const std::int64_t features = 2 * arch.features();
  class_head_ = register_module("netF", ClassHead(features, options.classes, options.dropout_p));
  if (options.rotation_head) {
    rotation_head_ = register_module(
        "netF_rot", RotationHead(features, map_size(options.image_size), options.rot_dropout_p));
  }
}

Features NetworkImpl::features(torch::Tensor rgb, torch::Tensor depth) {
  const AutocastRegion region(rgb.device().type(), options_.compute);
  const torch::Tensor map = torch::cat({rgb_(rgb), depth_(depth)}, 1).to(torch::kFloat);
  return {map, map.mean({2, 3})};
}

torch::Tensor NetworkImpl::classify(torch::Tensor feat) {
  const AutocastRegion region(feat.device().type(), options_.compute);
  return class_head_(feat).to(torch::kFloat);
}

torch::Tensor NetworkImpl::classify_rotation(torch::Tensor map) {
  const AutocastRegion region(map.device().type(), options_.compute);
  return rotation_head_(map).to(torch::kFloat);
}

NamedTensors NetworkImpl::backbone_parameters() {
  NamedTensors all;
  append(all, "netG_rgb.", *rgb_);
  append(all, "netG_depth.", *depth_);
  return all;
}

NamedTensors NetworkImpl::head_parameters() {
  NamedTensors all;
  append(all, "netF.", *class_head_);
  if (rotation_head_) append(all, "netF_rot.", *rotation_head_);
  return all;
}

NamedTensors NetworkImpl::state() {
  NamedTensors all;
  append(all, "", *this);
  for (const auto& item : named_buffers()) all.emplace_back(item.key(), item.value());
  return all;
}

void NetworkImpl::use_channels_last() {
  for (torch::Tensor& parameter : parameters()) {
    if (parameter.dim() == 4) {
      parameter.set_data(parameter.detach().contiguous(at::MemoryFormat::ChannelsLast));
    }
  }
}

}  // namespace rod
