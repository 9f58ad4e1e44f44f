// `--pretrained`: weights from a file of another program or an earlier run, and published weights
// (`--pretrained imagenet`, `--pretrained ADDRESS`).
#pragma once

#include <filesystem>
#include <string>

#include "base/status_line.h"
#include "trainer/network/network.h"

namespace rod::trainer {

// Copies a file's weights to the modules of `network` that it covers completely. FILE is
// safetensors or a .pth of torch.save() (see pth/pth_file.h), and its tensors are named as in
// - a network of this program, or of the course's: `netG_rgb.conv1.weight`;
// - a ResNet of torchvision: `conv1.weight`. Its `fc.*` is ignored. It is loaded into both
//   backbones or, if the file's name contains netG_rgb or netG_depth, as the course's do, only into
//   that one;
// - a head of the course's: `fc1.0.weight`, `conv_1x1.0.weight`;
// - the checkpoint that a last.safetensors names;
// - the course's checkpoint.pth: `modules.0.conv1.weight`, and 0 to 3 are netG_rgb, netG_depth,
//   netF, netF_rot.
// Floating-point types are converted. Returns a description of what was loaded. Throws BadInput
// listing every tensor that is missing, unexpected or of another shape; the network is then
// unchanged.
std::string load_pretrained(const std::filesystem::path& file, Network& network);

struct WeightsSource {
  std::filesystem::path folder;  // --weights-dir; empty: only torch hub's cache
  std::string address;           // --weights-url: of the folder that has torchvision's files
};

// Whether `name` is "imagenet" or an address, and therefore not a file.
bool is_published(const std::string& name);

// Throws Error(kUsage) if there are no ImageNet weights for `arch`, or if an address is not
// http://… or https://… or lacks a hash in its name, as in resnet18-f37072fd.pth.
void require_published(const std::string& name, const std::string& arch,
                       const WeightsSource& source);

// Returns the verified file of `name`: from the folder or torch hub's cache, otherwise downloaded
// into the folder (without one: into the cache). `line` shows the progress. Throws Error(kFailed),
// saying what to download and where to put it, if that is not possible or a file's hash is not that
// in its name; what throw_if_stopped() throws.
std::filesystem::path find_published(const std::string& name, const std::string& arch,
                                     const WeightsSource& source, StatusLine& line);

}  // namespace rod::trainer
