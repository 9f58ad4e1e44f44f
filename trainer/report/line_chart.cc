#include "trainer/report/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "trainer/report/html.h"

namespace rod::trainer {
namespace {

constexpr double kWidth = 560, kHeight = 300;  // of the whole, in the picture's own unit
constexpr double kLeft = 48, kRight = 14, kTop = 14, kBottom = 44;
constexpr std::size_t kMaxPoints = 300, kFewPoints = 60;
constexpr std::array kColours = {"#155899", "#d9622b", "#2f9e6e", "#8458b3", "#b8860b",
                                 "#c2326b", "#0e8fa3", "#7a4f2b", "#8a9a1f", "#66758a"};

struct Scale {
  double max_x, max_y;
  double x(double value) const { return kLeft + value / max_x * (kWidth - kLeft - kRight); }
  double y(double value) const {
    return kHeight - kBottom - value / max_y * (kHeight - kTop - kBottom);
  }
};

double largest(const std::vector<Curve>& curves, double Point::*coordinate) {
  double max = 0;
  for (const Curve& curve : curves) {
    for (const Point& point : curve.points) {
      if (std::isfinite(point.*coordinate)) max = std::max(max, point.*coordinate);
    }
  }
  return max > 0 ? max : 1;
}

std::string horizontal_lines(const Scale& scale, bool percent) {
  std::string svg;
  for (const double mark : axis_marks(scale.max_y)) {
    const std::string label =
        percent ? fmt::format("{:.0f}%", 100 * mark) : fmt::format("{:g}", mark);
    svg += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
                       kLeft, kWidth - kRight, scale.y(mark), scale.y(mark));
    svg += fmt::format("<text class=\"end\" x=\"{}\" y=\"{:.1f}\">{}</text>", kLeft - 8,
                       scale.y(mark) + 4, label);
  }
  return svg;
}

std::string vertical_marks(const Scale& scale, const std::string& label) {
  std::string svg;
  for (const double mark : axis_marks(scale.max_x)) {
    if (mark > scale.max_x) continue;
    svg += fmt::format("<text class=\"middle\" x=\"{:.1f}\" y=\"{}\">{:g}</text>", scale.x(mark),
                       kHeight - kBottom + 18, mark);
  }
  svg += fmt::format("<text class=\"middle label\" x=\"{:.1f}\" y=\"{}\">{}</text>",
                     (kLeft + kWidth - kRight) / 2, kHeight - 6, escape_html(label));
  return svg;
}

std::string line(const Curve& curve, const Scale& scale, const char* colour) {
  std::string points, dots;
  const std::vector<Point> shown = thinned(curve.points, kMaxPoints);
  for (const Point& point : shown) {
    if (!std::isfinite(point.y)) continue;
    points += fmt::format("{:.1f},{:.1f} ", scale.x(point.x), scale.y(point.y));
    if (shown.size() > kFewPoints) continue;
    dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" fill=\"{}\"/>",
                        scale.x(point.x), scale.y(point.y), colour);
  }
  return fmt::format(
      "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\" "
      "stroke-linejoin=\"round\" points=\"{}\"/>{}\n",
      colour, points, dots);
}

}  // namespace

std::vector<double> axis_marks(double max) {
  const double decade = std::pow(10, std::floor(std::log10(max)));
  double step = 2 * decade;
  for (const double part : {0.2, 0.5, 1.0}) {
    if (max / (part * decade) <= 7) {
      step = part * decade;
      break;
    }
  }
  std::vector<double> marks;
  for (int i = 0; marks.empty() || marks.back() < max * (1 - 1e-9); ++i) marks.push_back(i * step);
  return marks;
}

std::string line_chart(const std::vector<Curve>& curves, const LineChart& options) {
  const double max_y = options.percent ? 1 : axis_marks(largest(curves, &Point::y)).back();
  const Scale scale{largest(curves, &Point::x), max_y};
  std::string legend, lines;
  std::vector<std::string> names;  // as in the legend
  for (const Curve& curve : curves) {
    const auto found = std::find(names.begin(), names.end(), curve.name);
    const char* colour = kColours[std::size_t(found - names.begin()) % kColours.size()];
    if (found == names.end()) {
      names.push_back(curve.name);
      legend += fmt::format("<span><i style=\"background:{}\"></i>{}</span>", colour,
                            escape_html(curve.name));
    }
    lines += line(curve, scale, colour);
  }
  return fmt::format(
      "<div class=\"legend\">{}</div>\n<svg class=\"chart\" viewBox=\"0 0 {} {}\" "
      "role=\"img\">{}{}\n{}</svg>\n",
      legend, kWidth, kHeight, horizontal_lines(scale, options.percent),
      vertical_marks(scale, options.x_label), lines);
}

}  // namespace rod::trainer
