// `--pretrained FILE`: loads weights from another program or an earlier run.
#pragma once

#include <filesystem>
#include <string>

#include "trainer/network/network.h"

namespace rod::trainer {

// Copies a file's weights to the modules of `network` that it covers completely. FILE is
// safetensors or a .pth of torch.save() (see pth/pth_file.h), and its tensors are named as in
// - a network of this program, or of the course's: `netG_rgb.conv1.weight`;
// - a ResNet of torchvision: `conv1.weight`. Its `fc.*` is left out. It goes into both backbones,
//   or, where the file's name contains netG_rgb or netG_depth, as the course's do, into that one;
// - a head of the course's: `fc1.0.weight`, `conv_1x1.0.weight`;
// - the checkpoint that a last.safetensors names;
// - the course's checkpoint.pth: `modules.0.conv1.weight`, and 0 to 3 are netG_rgb, netG_depth,
//   netF, netF_rot.
// Floating-point types are converted. Returns a description of what was loaded. Throws BadInput
// listing every tensor that is missing, unexpected or of another shape; the network is then
// unchanged.
std::string load_pretrained(const std::filesystem::path& file, Network& network);

}  // namespace rod::trainer
