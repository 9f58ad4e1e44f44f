// A confusion matrix with its classes' names, as an SVG picture within a page.
#pragma once

#include <string>
#include <vector>

#include "trainer/learning/evaluate.h"

namespace rod::trainer {

// One row per class that has samples, one column per class; each cell tells its count when pointed
// at, and shows its share where there are few classes. `classes`: names by label.
std::string confusion_chart(const Evaluation& evaluation, const std::vector<std::string>& classes);

}  // namespace rod::trainer
