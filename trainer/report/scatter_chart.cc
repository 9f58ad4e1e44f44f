#include "trainer/report/scatter_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "trainer/report/html.h"

namespace rod::trainer {
namespace {

constexpr double kScatterSide = 400, kScatterMargin = 12;  // in the picture's own unit
constexpr double kLargeMarks = 300;                        // are drawn larger

struct Extent {
  double low = INFINITY, high = -INFINITY;
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  double middle() const { return (low + high) / 2; }
};

}  // namespace

std::string scatter_chart(const std::vector<ScatterGroup>& groups) {
  Extent x, y;
  std::size_t count = 0;
  for (const ScatterGroup& group : groups) {
    count += group.points.size();
    for (const Point& point : group.points) {
      x.add(point.x);
      y.add(point.y);
    }
  }
  const double extent = count == 0 ? 0 : std::max(x.high - x.low, y.high - y.low);
  const double unit = extent > 0 ? (kScatterSide - 2 * kScatterMargin) / extent : 1;
  std::string paths;
  for (const ScatterGroup& group : groups) {
    if (group.points.empty()) continue;
    std::string dots;  // lines of no length, of which the ends are seen
    for (const Point& point : group.points) {
      dots += fmt::format("M{:.1f} {:.1f}h0", kScatterSide / 2 + (point.x - x.middle()) * unit,
                          kScatterSide / 2 - (point.y - y.middle()) * unit);
    }
    paths +=
        fmt::format("<path stroke=\"{}\" stroke-linecap=\"{}\" d=\"{}\"><title>{}</title></path>\n",
                    group.colour, group.square ? "square" : "round", dots, escape_html(group.name));
  }
  return fmt::format(
      "<svg class=\"scatter\" viewBox=\"0 0 {0} {0}\" role=\"img\" stroke-width=\"{1}\" "
      "stroke-opacity=\"0.75\" fill=\"none\">\n{2}</svg>\n",
      kScatterSide, count <= kLargeMarks ? 6 : 4, paths);
}

std::string group_colour(std::size_t n, std::size_t count) {
  return fmt::format("hsl({:.0f} 62% {}%)",
                     360 * double(n) / double(std::max<std::size_t>(count, 1)),
                     n % 2 == 0 ? 50 : 60);
}

}  // namespace rod::trainer
