// The images of a pair that a network uses.
#pragma once

#include <string>
#include <vector>

namespace rod::trainer {

enum class Modality { kRgb, kDepth };

// --modality: "rgbd", "rgb" or "depth". Throws Error(kUsage).
std::vector<Modality> parse_modalities(const std::string& name);

}  // namespace rod::trainer
