// Draws groups of points as inline SVG.
#pragma once

#include <string>
#include <vector>

#include "trainer/log/curves.h"

namespace rod::trainer {

struct ScatterGroup {
  std::string name;    // shown while the pointer rests on one of its points
  std::string colour;  // of CSS
  bool square = false;
  std::vector<Point> points;
};

// The first group is drawn beneath the others. Both axes have the same scale and no marks, because
// only distances between points matter. The page scales the chart to its width. Requires: finite
// points.
std::string scatter_chart(const std::vector<ScatterGroup>& groups);

// Returns the n-th of `count` colours that are as different as possible.
std::string group_colour(std::size_t n, std::size_t count);

}  // namespace rod::trainer
