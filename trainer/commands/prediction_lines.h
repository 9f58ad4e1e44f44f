// Predictions as lines of text, JSON or CSV.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trainer/learning/predict.h"

namespace rod::trainer {

// `file` is the path of an image or the key of a pair, and `classes` are the network's class names.
// Both may contain anything: JSON and CSV escape it, and text shows control characters as \x0a.

// {"file": …, "class": …, "probability": …, "top": [{"class": …, "probability": …}, …]}
std::string json_line(const Prediction& prediction, std::string_view file,
                      const std::vector<std::string>& classes);

// The columns file, class, probability, class_2, probability_2, … class_5, probability_5. Cells of
// classes that the network does not have are empty. Source: RFC 4180.
std::string csv_header();
std::string csv_line(const Prediction& prediction, std::string_view file,
                     const std::vector<std::string>& classes);

// "photo.jpg  mug 93.1%, bowl 3.2%, …"
std::string text_line(const Prediction& prediction, std::string_view file,
                      const std::vector<std::string>& classes);

}  // namespace rod::trainer
