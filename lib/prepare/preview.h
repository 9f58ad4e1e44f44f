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
  std::uint32_t max_classes = 0;  // the first by label of those with samples; 0: all
  // Folders with fonts for names that are not ASCII, such as installed_font_folders().
  std::vector<std::filesystem::path> font_folders = {};
};

struct PreviewReport {
  std::string split;
  std::uint64_t classes = 0, pairs = 0;
  std::uint32_t width = 0, height = 0;  // of the picture, pixels
  // Replacements of names that no font can draw: "class 3" -> "étoile"
  std::vector<std::pair<std::string, std::string>> stand_ins;
};

// Throws BadInput for the data set; SystemError.
PreviewReport preview(const PreviewOptions& options);

}  // namespace rod::prepare
