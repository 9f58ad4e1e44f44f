// Draws curves with axes and a legend as inline SVG.
#pragma once

#include <string>
#include <vector>

#include "trainer/log/curves.h"

namespace rod::trainer {

struct LineChart {
  std::string x_label;   // beneath the horizontal axis
  bool percent = false;  // y is a share in 0-1, its axis ends at 0 and 100 %
};

// Curves with equal names share a colour and a legend entry. The page scales the chart to its
// width, up to the size at which its text is as large as the page's. Values that are not finite are
// omitted.
std::string line_chart(const std::vector<Curve>& curves, const LineChart& options);

// Returns the tick marks of an axis from 0 to `max`: 4 to 8 round numbers, the last one at or above
// `max`. Requires: max > 0
std::vector<double> axis_marks(double max);

}  // namespace rod::trainer
