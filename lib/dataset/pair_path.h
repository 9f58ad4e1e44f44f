// What the wildcards in a split list's path stand for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rod::dataset {

// `***` is all that differs between the names of a pair's two images, or the folder that holds
// them.
enum class PairForm {
  kName,    // ROD:    apple/apple_1/apple_1_1_101_***.png, `***` = crop, depthcrop
  kFolder,  // synROD: apple/***/apple_1_05_00002009.png,   `***` = rgb, depth
};

// Absent when `path` has no `***`.
std::optional<PairForm> pair_form(std::string_view path);

struct PairPath {
  std::string rgb, depth;
};

// Replaces every `***` by the form's words, and every `???` by rgb and surfnorm. Requires:
// pair_form(path) == form.
PairPath pair_path(std::string_view path, PairForm form);

}  // namespace rod::dataset
