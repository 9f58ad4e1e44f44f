// The figures of the metrics over the course of a run.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/log/metrics.h"

namespace rod::trainer {

struct Point {
  double x, y;
};

struct Curve {
  std::string name;           // as shown
  std::vector<Point> points;  // by x, ascending
};

// Uses sixteen bytes per figure, which is enough for runs of days.
class Curves {
 public:
  void add(const MetricsRow& row);

  // Returns the figures whose keys begin with `prefix`, by step, named without the prefix, in order
  // of first appearance.
  std::vector<Curve> with_prefix(std::string_view prefix) const;

 private:
  std::vector<std::string> names_;  // in order of first appearance
  std::map<std::string, std::vector<Point>> points_;
};

// Reduces a curve to at most `count` points by averaging neighbours. Requires: count > 0
std::vector<Point> thinned(const std::vector<Point>& points, std::size_t count);

}  // namespace rod::trainer
