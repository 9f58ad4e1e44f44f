// The network of the method: two backbones, a classifier, a classifier of relative rotations.
// Source: Loghmani et al., "Unsupervised domain adaptation through inter-modal rotation for RGB-D
// object recognition" (arXiv 2004.10016). Parameter names are those of its Python program.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include "trainer/resnet.h"
#include "trainer/tensor_io.h"

namespace rod {

struct NetworkOptions {
  std::string arch = "resnet18";
  std::int64_t classes = 47;
  std::int64_t image_size = 224;  // S: pixels per side of the input; at least kMinImageSize
  double dropout_p = .5;
  double rot_dropout_p = .5;
  bool rotation_head = true;
  // What matrix products and convolutions compute in (--amp): kFloat, kBFloat16 or kHalf.
  // Parameters and everything this network returns stay float32.
  at::ScalarType compute = at::kFloat;
};

// F: channels of one backbone's last feature map; m: its side.
struct Features {
  torch::Tensor map;   // [B,2F,m,m] f32: RGB's channels, then depth's
  torch::Tensor feat;  // [B,2F] f32: the mean over each channel of `map`
};

// Linear 2F->1000, BatchNorm, ReLU, Dropout, Linear 1000->classes.
class ClassHeadImpl : public torch::nn::Module {
 public:
  ClassHeadImpl(std::int64_t inputs, std::int64_t classes, double dropout_p);
  torch::Tensor forward(torch::Tensor feat);  // [B,inputs] -> [B,classes]

 private:
  torch::nn::Sequential fc1_{nullptr};
  torch::nn::Linear fc2_{nullptr};
};
TORCH_MODULE(ClassHead);

// Conv 1x1 2F->100, BN, ReLU; Conv 3x3 stride 2, BN, ReLU; Linear ->100, BN, ReLU, Dropout; Linear
// 100->4.
class RotationHeadImpl : public torch::nn::Module {
 public:
  RotationHeadImpl(std::int64_t inputs, std::int64_t map_size, double dropout_p);
  torch::Tensor forward(torch::Tensor map);  // [B,inputs,m,m] -> [B,4]

 private:
  torch::nn::Sequential conv_1x1_{nullptr}, conv_3x3_{nullptr}, fc1_{nullptr};
  torch::nn::Linear fc2_{nullptr};
};
TORCH_MODULE(RotationHead);

// Weights are drawn from torch's CPU generator: the same after the same torch::manual_seed.
class NetworkImpl : public torch::nn::Module {
 public:
  // On the CPU. Errors: kUsage for an unknown arch or an image that is too small.
  explicit NetworkImpl(const NetworkOptions& options);

  const NetworkOptions& options() const { return options_; }

  Features features(torch::Tensor rgb, torch::Tensor depth);  // [B,3,S,S] f32 each
  torch::Tensor classify(torch::Tensor feat);                 // [B,2F] -> [B,classes] f32
  torch::Tensor classify_rotation(
      torch::Tensor map);  // [B,2F,m,m] -> [B,4] f32. REQUIRES: rotation_head

  NamedTensors backbone_parameters();  // netG_rgb, netG_depth: learn with lr
  NamedTensors head_parameters();      // netF, netF_rot: learn with lr x lr_mult
  NamedTensors state();  // every parameter, then every buffer; they share the network's memory

  // Convolution weights to channels-last memory, which GPUs prefer. Values and names stay.
  // REQUIRES: no optimiser holds them yet.
  void use_channels_last();

 private:
  NetworkOptions options_;
  ResNet rgb_{nullptr}, depth_{nullptr};
  ClassHead class_head_{nullptr};
  RotationHead rotation_head_{nullptr};
};
TORCH_MODULE(Network);

}  // namespace rod
