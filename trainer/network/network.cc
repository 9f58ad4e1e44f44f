#include "trainer/network/network.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "trainer/process_group/layers.h"
#include "trainer/tensor/autocast.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

namespace nn = torch::nn;

constexpr std::int64_t kHiddenUnits = 1000;      // of the class head
constexpr std::int64_t kRotationChannels = 100;  // of every hidden layer of the rotation head
constexpr std::int64_t kRotations = 4;
constexpr std::int64_t kDomainUnits = 1024;  // of both hidden layers of the domain head

// The Python program's: convolutions Xavier uniform and 0, batch normalisation N(1, .01) and 0,
// linear layers N(0, .01), bias included; .01 is the standard deviation.
void initialise_head(nn::Module& head) {
  const torch::NoGradGuard no_grad;
  for (const auto& module : head.modules(/*include_self=*/false)) {
    if (auto* conv = module->as<nn::Conv2dImpl>()) {
      nn::init::xavier_uniform_(conv->weight);
      conv->bias.zero_();
    } else if (auto* norm = module->as<BatchNormImpl>()) {
      norm->weight.normal_(1, .01);
    } else if (auto* linear = module->as<nn::LinearImpl>()) {
      linear->weight.normal_(0, .01);
      linear->bias.normal_(0, .01);
    }
  }
}

nn::Sequential linear_block(std::int64_t in, std::int64_t out, double dropout_p) {
  return nn::Sequential(Linear(in, out), BatchNorm(out), nn::ReLU(), Dropout(dropout_p));
}

nn::Sequential conv_block(std::int64_t in, std::int64_t kernel, std::int64_t stride) {
  return nn::Sequential(
      Convolution(in, kRotationChannels, kernel, stride, /*padding=*/0, /*bias=*/true),
      BatchNorm(kRotationChannels), nn::ReLU());
}

// Source: Ganin et al. (JMLR 17, 2016), section 5.2.2; initialised as PyTorch does.
nn::Sequential domain_head(std::int64_t inputs) {
  return nn::Sequential(Linear(inputs, kDomainUnits), nn::ReLU(),
                        Linear(kDomainUnits, kDomainUnits), nn::ReLU(), Linear(kDomainUnits, 1));
}

// The parameters of the backbones, or all others.
NamedTensors parameters_of(const nn::Module& network, bool backbones) {
  NamedTensors all;
  for (const auto& item : network.named_parameters()) {
    if (item.key().starts_with("netG_") == backbones) all.emplace_back(item.key(), item.value());
  }
  return all;
}

}  // namespace

std::vector<Modality> parse_modalities(const std::string& name) {
  if (name == "rgbd") return {Modality::kRgb, Modality::kDepth};
  if (name == "rgb") return {Modality::kRgb};
  if (name == "depth") return {Modality::kDepth};
  throw Error(ErrorKind::kUsage,
              fmt::format("--modality {}: unknown; use rgbd, rgb or depth", name));
}

ClassHeadImpl::ClassHeadImpl(std::int64_t inputs, std::int64_t classes, double dropout_p) {
  fc1_ = register_module("fc1", linear_block(inputs, kHiddenUnits, dropout_p));
  fc2_ = register_module("fc2", Linear(kHiddenUnits, classes));
  initialise_head(*this);
}

torch::Tensor ClassHeadImpl::hidden(torch::Tensor feat) {
  return fc1_->forward(feat);
}

torch::Tensor ClassHeadImpl::classify(torch::Tensor hidden) {
  return fc2_(hidden);
}

RotationHeadImpl::RotationHeadImpl(std::int64_t inputs, std::int64_t map_size, std::int64_t outputs,
                                   double dropout_p) {
  const std::int64_t side = (map_size - 3) / 2 + 1;  // 7 -> 3
  conv_1x1_ = register_module("conv_1x1", conv_block(inputs, 1, 1));
  conv_3x3_ = register_module("conv_3x3", conv_block(kRotationChannels, 3, 2));
  fc1_ = register_module(
      "fc1", linear_block(kRotationChannels * side * side, kRotationChannels, dropout_p));
  fc2_ = register_module("fc2", Linear(kRotationChannels, outputs));
  initialise_head(*this);
}

torch::Tensor RotationHeadImpl::forward(torch::Tensor map) {
  return fc2_(fc1_->forward(conv_3x3_->forward(conv_1x1_->forward(map)).flatten(1)));
}

NetworkImpl::NetworkImpl(const NetworkOptions& options) : options_(options) {
  const Arch& arch = find_arch(options.arch);
  if (options.image_size < kMinImageSize) {
    throw Error(ErrorKind::kUsage, fmt::format("--image-size {}: too small for {}; use {} or more",
                                               options.image_size, arch.name, kMinImageSize));
  }
  // Drawn in the order of the course's program, so that a seed means the same weights.
  if (uses(Modality::kRgb)) rgb_ = register_module("netG_rgb", ResNet(arch, options.image_size));
  if (uses(Modality::kDepth)) {
    depth_ = register_module("netG_depth", ResNet(arch, options.image_size));
  }
  const auto modalities = static_cast<std::int64_t>(options.modalities.size());
  class_head_ = register_module(
      "netF", ClassHead(modalities * arch.features(), options.classes, options.dropout_p));
  add_second_head(arch.features());
  global_batch_ = register_module("global_batch", GlobalBatch());
  for (const auto& module : modules(/*include_self=*/false)) {
    if (const auto norm = std::dynamic_pointer_cast<BatchNormImpl>(module)) norms_.push_back(norm);
  }
}

bool NetworkImpl::uses(Modality modality) const {
  const auto& used = options_.modalities;
  return std::find(used.begin(), used.end(), modality) != used.end();
}

void NetworkImpl::add_second_head(std::int64_t backbone_features) {
  const auto modalities = static_cast<std::int64_t>(options_.modalities.size());
  const auto rotation_head = [&](const char* name, std::int64_t inputs, std::int64_t outputs) {
    return register_module(
        name, RotationHead(inputs, map_size(options_.image_size), outputs, options_.rot_dropout_p));
  };
  switch (options_.head) {
    case SecondHead::kNone:
      return;
    case SecondHead::kRelativeRotation:
    case SecondHead::kAngle:
      if (modalities != 2) {
        throw Error(ErrorKind::kUsage,
                    "relative rotation compares RGB with depth: it needs --modality rgbd; with one "
                    "modality use --method rotation or a method without rotations");
      }
      rotation_head_ = rotation_head("netF_rot", 2 * backbone_features,
                                     options_.head == SecondHead::kAngle ? 1 : kRotations);
      return;
    case SecondHead::kRotationPerModality:
      if (rgb_) rgb_rotation_head_ = rotation_head("netF_rot_rgb", backbone_features, kRotations);
      if (depth_) {
        depth_rotation_head_ = rotation_head("netF_rot_depth", backbone_features, kRotations);
      }
      return;
    case SecondHead::kDomain:
      domain_head_ = register_module("netD", domain_head(modalities * backbone_features));
      return;
  }
}

torch::Tensor NetworkImpl::feature_map(torch::Tensor rgb, torch::Tensor depth) {
  const AutocastRegion region((rgb_ ? rgb : depth).device().type(), options_.compute);
  std::vector<torch::Tensor> maps;
  if (rgb_) maps.push_back(rgb_(rgb.contiguous(memory_format_)));
  if (depth_) maps.push_back(depth_(depth.contiguous(memory_format_)));
  return full_precision(torch::cat(maps, 1));
}

Features NetworkImpl::features(torch::Tensor rgb, torch::Tensor depth) {
  const torch::Tensor map = feature_map(std::move(rgb), std::move(depth));
  return {map, map.mean({2, 3})};
}

std::vector<Features> NetworkImpl::features_of_all(const std::vector<torch::Tensor>& rgb,
                                                   const std::vector<torch::Tensor>& depth) {
  const auto joined = [](bool used, const std::vector<torch::Tensor>& batches) {
    return used ? torch::cat(batches) : torch::Tensor();
  };
  const auto count = static_cast<std::int64_t>(std::max(rgb.size(), depth.size()));
  const ConcatenatedBatches concatenated(count);
  const torch::Tensor map =
      feature_map(joined(uses(Modality::kRgb), rgb), joined(uses(Modality::kDepth), depth));
  std::vector<Features> all;
  for (const torch::Tensor& part : map.chunk(count)) all.push_back({part, part.mean({2, 3})});
  return all;
}

void NetworkImpl::count_batches() {
  trainer::count_batches(norms_);
}

torch::Tensor NetworkImpl::classify(torch::Tensor feat) {
  const AutocastRegion region(feat.device().type(), options_.compute);
  return full_precision(class_head_->classify(class_head_->hidden(feat)));
}

torch::Tensor NetworkImpl::hidden(torch::Tensor feat) {
  const AutocastRegion region(feat.device().type(), options_.compute);
  return full_precision(class_head_->hidden(feat));
}

torch::Tensor NetworkImpl::classify_hidden(torch::Tensor hidden) {
  const AutocastRegion region(hidden.device().type(), options_.compute);
  return full_precision(class_head_->classify(hidden));
}

torch::Tensor NetworkImpl::classify_rotation(torch::Tensor map) {
  const AutocastRegion region(map.device().type(), options_.compute);
  return full_precision(rotation_head_(map));
}

torch::Tensor NetworkImpl::classify_rotation(torch::Tensor map, Modality modality) {
  const AutocastRegion region(map.device().type(), options_.compute);
  const bool first = modality == options_.modalities.front();
  const std::int64_t channels = map.size(1) / static_cast<std::int64_t>(options_.modalities.size());
  RotationHead& head = modality == Modality::kRgb ? rgb_rotation_head_ : depth_rotation_head_;
  return full_precision(head(map.narrow(1, first ? 0 : channels, channels)));
}

torch::Tensor NetworkImpl::classify_domain(torch::Tensor feat) {
  const AutocastRegion region(feat.device().type(), options_.compute);
  return full_precision(domain_head_->forward(feat).select(1, 0));
}

NamedTensors NetworkImpl::backbone_parameters() {
  return parameters_of(*this, true);
}

NamedTensors NetworkImpl::head_parameters() {
  return parameters_of(*this, false);
}

NamedTensors NetworkImpl::state() {
  NamedTensors all;
  for (const auto& item : named_parameters()) all.emplace_back(item.key(), item.value());
  for (const auto& item : named_buffers()) all.emplace_back(item.key(), item.value());
  return all;
}

void NetworkImpl::move_to(const torch::Device& device) {
  to(device);
  use_memory_format(prefers_channels_last(device, options_.compute) ? at::MemoryFormat::ChannelsLast
                                                                    : at::MemoryFormat::Contiguous);
}

void NetworkImpl::use_memory_format(at::MemoryFormat format) {
  memory_format_ = format;
  for (torch::Tensor& parameter : parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.detach().contiguous(memory_format_));
  }
}

}  // namespace rod::trainer
