// Curves with axes and a legend, as an SVG picture within a page.
#pragma once

#include <string>
#include <vector>

#include "trainer/log/curves.h"

namespace rod::trainer {

struct LineChart {
  std::string x_label;   // beneath the horizontal axis
  bool percent = false;  // y is a share in 0-1, its axis ends at 0 and 100 %
};

// Scaled by the page to the width it has. Values that are not finite are left out.
std::string line_chart(const std::vector<Curve>& curves, const LineChart& options);

// Where an axis from 0 to `max` has its marks: 4 to 8 round numbers, the last one at or above
// `max`. Requires: max > 0
std::vector<double> axis_marks(double max);

}  // namespace rod::trainer
