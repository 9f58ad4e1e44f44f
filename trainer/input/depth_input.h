// Converts 16-bit depth to the network's input images, on the depth's device.
#pragma once

#include <torch/torch.h>

#include <string>

#include "shard/manifest.h"
#include "trainer/config.h"

namespace rod::trainer {

// The conversion of depth in millimetres. kStored: none, because depth is stored as colours.
enum class DepthInput { kStored, kNormals, kGray, kJet };

// --depth-input: "stored", "normals", "gray", "jet". Throws Error(kUsage).
DepthInput depth_input_from_name(const std::string& name);

// Returns `config` with depth_input decided: normals for 16-bit depth, unless it is given. Throws
// Error(kUsage) for a value other than "stored" if depth does not have 16 bits.
TrainConfig with_depth_input(TrainConfig config, const shard::PixelFormat& pixels);

// [B,H,W] i16, the bits of u16 millimetres, -> [B,H,W,3] u8. Missing depth (0) is first filled by
// repeated 5x5 medians of known depths; if none is known, all pixels have the same distance.
// - normals: the bytes that `rodprep cache --depth normals` makes of the same image without
//   options and without a `_loc.txt`; see image/depth.h.
// - gray: from 0 for the nearest to 255 for the farthest depth of each image, in all channels.
// - jet: the same levels as colours from red (nearest) to blue. Source: Eitel et al., "Multimodal
//   deep learning for robust RGB-D object recognition", IROS 2015, section III-B; the colour map is
//   MATLAB's.
// Waits for the device. Requires: `input` is not kStored; H, W > 1 for normals.
torch::Tensor colour_depth(const torch::Tensor& depth, DepthInput input);

}  // namespace rod::trainer
