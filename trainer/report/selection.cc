#include "trainer/report/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "trainer/criteria/criterion.h"
#include "trainer/report/html.h"
#include "trainer/report/line_chart.h"

namespace rod::trainer {
namespace {

std::optional<Curve> accuracy_curve(const Curves& curves, const std::string& target) {
  for (Curve& curve : curves.with_prefix("accuracy.")) {
    if (curve.name == target) return std::move(curve);
  }
  return std::nullopt;
}

const Point& largest_point(const std::vector<Point>& points) {
  return *std::max_element(points.begin(), points.end(),
                           [](const Point& a, const Point& b) { return a.y < b.y; });
}

// Of the evaluation at the same step; 0 where there is none.
double value_at(const Curve& curve, double step) {
  for (const Point& point : curve.points) {
    if (point.x == step) return point.y;
  }
  return 0;
}

Curve scaled(Curve curve, double by_x, double by_y) {
  for (Point& point : curve.points) point = {point.x * by_x, point.y * by_y};
  return curve;
}

}  // namespace

std::vector<Choice> choices(const Curves& curves, const std::string& target) {
  const auto accuracy = accuracy_curve(curves, target);
  const std::vector<Curve> criteria = curves.with_prefix(kCriterionPrefix);
  if (!accuracy || criteria.empty()) return {};
  const Point& best = largest_point(accuracy->points);
  std::vector<Choice> all = {{"", static_cast<std::uint64_t>(best.x), best.y, 0}};
  for (const Curve& criterion : criteria) {
    const double step = largest_point(criterion.points).x;
    const double reached = value_at(*accuracy, step);
    all.push_back({criterion.name, static_cast<std::uint64_t>(step), reached, best.y - reached});
  }
  return all;
}

std::string selection_section(const Curves& curves, const std::string& target,
                              std::uint64_t epoch_steps) {
  const std::vector<Choice> all = choices(curves, target);
  if (all.empty()) return "";
  std::vector<Curve> shown;
  for (const Curve& criterion : curves.with_prefix(kCriterionPrefix)) {
    const double largest = largest_point(criterion.points).y;
    shown.push_back(scaled(criterion, 1. / double(epoch_steps), largest > 0 ? 1 / largest : 1));
  }
  shown.push_back(scaled(*accuracy_curve(curves, target), 1. / double(epoch_steps), 1));
  shown.back().name = "accuracy on " + target;
  std::string rows =
      "<tr><th>chosen by</th><td>epoch</td><td>accuracy</td><td>below the oracle</td></tr>\n";
  for (const Choice& choice : all) {
    rows += fmt::format(
        "<tr><th>{}</th><td>{:g}</td><td>{:.1f}%</td><td>{:.1f} points</td></tr>\n",
        choice.by.empty() ? "the oracle: the labels of " + escape_html(target)
                          : escape_html(choice.by + ", " + find_criterion(choice.by).summary),
        double(choice.step) / double(epoch_steps), 100 * choice.accuracy, 100 * choice.cost);
  }
  return line_chart(shown, {"epoch", true}) + "<div class=\"scroll\"><table class=\"choices\">\n" +
         rows + "</table></div>\n";
}

}  // namespace rod::trainer
