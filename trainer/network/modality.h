// What a pair consists of.
#pragma once

#include <string>
#include <vector>

namespace rod::trainer {

enum class Modality { kRgb, kDepth };

// --modality: "rgbd", "rgb" or "depth". Errors: kUsage.
std::vector<Modality> parse_modalities(const std::string& name);

}  // namespace rod::trainer
