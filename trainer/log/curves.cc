#include "trainer/log/curves.h"

#include <algorithm>

namespace rod::trainer {

void Curves::add(const MetricsRow& row) {
  const double step = row.at("step");
  for (const auto& [name, value] : row.items()) {
    if (!value.is_number() || name == "step" || name == "epoch" || name == "time") continue;
    if (!points_.contains(name)) names_.push_back(name);
    points_[name].push_back({step, value.get<double>()});
  }
}

std::vector<Curve> Curves::with_prefix(std::string_view prefix) const {
  std::vector<Curve> curves;
  for (const std::string& name : names_) {
    if (name.starts_with(prefix)) curves.push_back({name.substr(prefix.size()), points_.at(name)});
  }
  return curves;
}

std::vector<Point> thinned(const std::vector<Point>& points, std::size_t count) {
  const std::size_t group = (points.size() + count - 1) / count;
  if (group <= 1) return points;
  std::vector<Point> means;
  for (std::size_t begin = 0; begin < points.size(); begin += group) {
    const std::size_t end = std::min(points.size(), begin + group);
    Point mean{0, 0};
    for (std::size_t i = begin; i < end; ++i) {
      mean.x += points[i].x / double(end - begin);
      mean.y += points[i].y / double(end - begin);
    }
    means.push_back(mean);
  }
  return means;
}

}  // namespace rod::trainer
