// Draws a confusion matrix with class names as inline SVG.
#pragma once

#include <string>
#include <vector>

#include "trainer/learning/evaluate.h"

namespace rod::trainer {

// One row per class that has samples, one column per class that has samples or is a prediction.
// Each cell has a tooltip with its count,
// and shows its share if there are few classes. `classes`: names by label.
std::string confusion_chart(const Evaluation& evaluation, const std::vector<std::string>& classes);

}  // namespace rod::trainer
