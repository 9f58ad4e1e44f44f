// `rodprep preview`: some pairs of each class as one picture.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "io/data_folder.h"

namespace rod::prepare {

struct PreviewOptions {
  io::DataFolder dataset;
  std::filesystem::path picture;
  std::string split;              // empty: the first
  std::uint32_t per_class = 4;    // spread evenly over the class's samples in the split's order
  std::uint32_t max_classes = 0;  // of those with samples, the first by label; 0: all
  // Where to look for a font that draws names beyond ASCII, such as installed_font_folders().
  std::vector<std::filesystem::path> font_folders = {};
};

struct PreviewReport {
  std::string split;
  std::uint64_t classes = 0, pairs = 0;
  std::uint32_t width = 0, height = 0;  // of the picture, pixels
  // Names that no font draws: "class 3" -> "étoile"
  std::vector<std::pair<std::string, std::string>> stand_ins;
};

// Throws BadInput for the data set; SystemError.
PreviewReport preview(const PreviewOptions& options);

}  // namespace rod::prepare
