// The network of all methods: a backbone for each modality, a classifier, and a second head if the
// method needs one.
// Source: Loghmani et al., "Unsupervised domain adaptation through inter-modal rotation for RGB-D
// object recognition" (arXiv 2004.10016). Parameter names are those of its Python program.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/network/resnet.h"
#include "trainer/process_group/batch_norm.h"
#include "trainer/process_group/layers.h"
#include "trainer/tensor/tensor_io.h"

namespace rod::trainer {

// The images of a pair that a network uses.
enum class Modality { kRgb, kDepth };

// --modality: "rgbd", "rgb" or "depth". Throws Error(kUsage).
std::vector<Modality> parse_modalities(const std::string& name);

// The head that a network has besides its classifier. F: channels of one backbone; M: number of
// modalities; m: side of the last feature map.
enum class SecondHead {
  kNone,
  kRelativeRotation,     // netF_rot: [B,2F,m,m] -> 4 logits
  kAngle,                // netF_rot: [B,2F,m,m] -> 1 number
  kRotationPerModality,  // netF_rot_rgb, netF_rot_depth: [B,F,m,m] -> 4 logits
  kDomain,               // netD: [B,MF] -> the logit of "comes from the target"
};

struct NetworkOptions {
  std::string arch = "resnet18";
  std::int64_t classes = 47;
  std::int64_t image_size = 224;  // S: pixels per side of the input; at least kMinImageSize
  double dropout_p = .5;
  double rot_dropout_p = .5;
  SecondHead head = SecondHead::kRelativeRotation;
  std::vector<Modality> modalities = {Modality::kRgb,
                                      Modality::kDepth};  // one or both, in this order
  // The precision of matrix products and convolutions (--amp): kFloat, kBFloat16 or kHalf.
  // Parameters and everything this network returns stay float32.
  at::ScalarType compute = at::kFloat;
  // Whether a step's minibatches go through the backbones as one batch, see features_of_all().
  bool concat_batches = false;
};

struct Features {
  torch::Tensor map;   // [B,MF,m,m] f32: RGB's channels, then depth's
  torch::Tensor feat;  // [B,MF] f32: the mean over each channel of `map`
};

// Linear MF->1000, BatchNorm, ReLU, Dropout, Linear 1000->classes.
class ClassHeadImpl : public torch::nn::Module {
 public:
  ClassHeadImpl(std::int64_t inputs, std::int64_t classes, double dropout_p);
  torch::Tensor hidden(torch::Tensor feat);      // [B,inputs] -> [B,1000]
  torch::Tensor classify(torch::Tensor hidden);  // [B,1000] -> [B,classes]

 private:
  torch::nn::Sequential fc1_{nullptr};
  Linear fc2_{nullptr};
};
TORCH_MODULE(ClassHead);

// Conv 1x1 ->100, BN, ReLU; Conv 3x3 stride 2, BN, ReLU; Linear ->100, BN, ReLU, Dropout; Linear
// 100->outputs.
class RotationHeadImpl : public torch::nn::Module {
 public:
  RotationHeadImpl(std::int64_t inputs, std::int64_t map_size, std::int64_t outputs,
                   double dropout_p);
  torch::Tensor forward(torch::Tensor map);  // [B,inputs,m,m] -> [B,outputs]

 private:
  torch::nn::Sequential conv_1x1_{nullptr}, conv_3x3_{nullptr}, fc1_{nullptr};
  Linear fc2_{nullptr};
};
TORCH_MODULE(RotationHead);

// Weights are drawn from torch's CPU generator, so the same torch::manual_seed gives the same
// weights.
class NetworkImpl : public torch::nn::Module {
 public:
  // Creates the network on the CPU. Throws Error(kUsage) for an unknown arch, too small an image,
  // or a head that compares two modalities if there is only one.
  explicit NetworkImpl(const NetworkOptions& options);

  const NetworkOptions& options() const { return options_; }

  // [B,3,S,S] f32 each; a modality that is not in options().modalities is ignored.
  Features features(torch::Tensor rgb, torch::Tensor depth);

  // Equal to features() of each pair of batches in turn, up to rounding, but all go through the
  // backbones as one batch; in training, batch normalisation processes each separately. Requires:
  // all have the same size.
  std::vector<Features> features_of_all(const std::vector<torch::Tensor>& rgb,
                                        const std::vector<torch::Tensor>& depth);

  // Adds the number of training batches since the last call to the buffers num_batches_tracked, on
  // a GPU in one kernel.
  void count_batches();

  torch::Tensor classify(torch::Tensor feat);  // [B,MF] -> [B,classes] f32
  // classify() in two halves: the classifier's hidden units, after dropout, and its outputs.
  torch::Tensor hidden(torch::Tensor feat);             // [B,MF] -> [B,1000] f32
  torch::Tensor classify_hidden(torch::Tensor hidden);  // [B,1000] -> [B,classes] f32

  // [B,2F,m,m] -> [B,4] or [B,1] f32. Requires: SecondHead::kRelativeRotation or kAngle
  torch::Tensor classify_rotation(torch::Tensor map);
  // [B,MF,m,m], of which one modality's channels are used -> [B,4] f32.
  // Requires: SecondHead::kRotationPerModality, and a modality of the network
  torch::Tensor classify_rotation(torch::Tensor map, Modality modality);
  torch::Tensor classify_domain(torch::Tensor feat);  // [B,MF] -> [B] f32. Requires: kDomain

  // Gathers the global batch from this process's slice, see GlobalBatch: [B,…] -> [B x
  // processes,…].
  torch::Tensor global_batch(const torch::Tensor& slice) { return global_batch_(slice); }

  NamedTensors backbone_parameters();  // netG_rgb, netG_depth: learn with lr
  NamedTensors head_parameters();      // all others: learn with lr x lr_mult
  NamedTensors state();  // every parameter, then every buffer; they share the network's memory

  // Moves parameters and buffers to a device, and chooses the fastest memory format for
  // convolutions there, see prefers_channels_last(). Values and names do not change.
  // Requires: set_up_arithmetic() was called; no optimiser holds the parameters yet.
  void move_to(const torch::Device& device);
  void use_memory_format(at::MemoryFormat format);  // as move_to() chooses it

 private:
  bool uses(Modality modality) const;
  torch::Tensor feature_map(torch::Tensor rgb, torch::Tensor depth);
  void add_second_head(std::int64_t backbone_features);

  NetworkOptions options_;
  at::MemoryFormat memory_format_ = at::MemoryFormat::Contiguous;  // of images and feature maps
  ResNet rgb_{nullptr}, depth_{nullptr};
  ClassHead class_head_{nullptr};
  RotationHead rotation_head_{nullptr}, rgb_rotation_head_{nullptr}, depth_rotation_head_{nullptr};
  torch::nn::Sequential domain_head_{nullptr};
  GlobalBatch global_batch_{nullptr};
  std::vector<std::shared_ptr<BatchNormImpl>> norms_;  // all of them
};
TORCH_MODULE(Network);

}  // namespace rod::trainer
