// Turns 16-bit depth into the images that the network gets, on the depth's device.
#pragma once

#include <torch/torch.h>

#include <string>

#include "shard/manifest.h"
#include "trainer/config.h"

namespace rod::trainer {

// What becomes of depth in millimetres; kStored: depth is stored as colours already.
enum class DepthInput { kStored, kNormals, kGray, kJet };

// --depth-input: "stored", "normals", "gray", "jet". Throws Error(kUsage).
DepthInput depth_input_from_name(const std::string& name);

// `config` with depth_input decided: normals for 16-bit depth unless it is given. Throws
// Error(kUsage) for another value than the stored one where depth is not in 16 bits.
TrainConfig with_depth_input(TrainConfig config, const shard::PixelFormat& pixels);

// [B,H,W] i16, the bits of u16 millimetres, -> [B,H,W,3] u8. Missing depth, 0, is filled by
// repeated 5x5 medians of known depths first; where none is known, all is at one distance.
// - normals: the bytes that `rodprep cache --depth normals` makes of the same image without
//   options and without a `_loc.txt`; see image/depth.h.
// - gray: 0 at the nearest to 255 at the farthest depth of each image, in all channels.
// - jet: those levels as colours from red, the nearest, to blue. Source: Eitel et al., "Multimodal
//   deep learning for robust RGB-D object recognition", IROS 2015, section III-B; the colour map is
//   MATLAB's.
// Waits for the device. Requires: `input` is not kStored; H, W > 1 for normals.
torch::Tensor colour_depth(const torch::Tensor& depth, DepthInput input);

}  // namespace rod::trainer
