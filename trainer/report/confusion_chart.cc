#include "trainer/report/confusion_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "trainer/report/html.h"

namespace rod::trainer {
namespace {

constexpr double kNames = 130;   // room for names, left and above
constexpr double kLetter = 6;    // the mean width of a small letter
constexpr double kMatrix = 800;  // side of the matrix, in the picture's own unit
constexpr double kMaxCell = 64;
constexpr double kLeastWidth = 560;  // narrower windows scroll
constexpr double kFewAreSeen = 0.7;  // exponent: few mistakes are to be seen, too
constexpr double kCellForText = 34;  // a cell at least so large shows its share

std::string short_name(const std::string& name) {
  constexpr auto kLetters = static_cast<std::size_t>(kNames / kLetter);
  return name.size() <= kLetters ? name : name.substr(0, kLetters - 1) + "…";
}

std::string cell(const Evaluation& evaluation, const std::vector<std::string>& classes,
                 std::size_t label, std::size_t answer, double x, double y, double side) {
  const std::uint64_t count = evaluation.confusion[label][answer];
  if (count == 0) return "";
  const double share = double(count) / double(evaluation.samples(label));
  std::string svg = fmt::format(
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "fill-opacity=\"{:.2f}\"><title>{} taken for {}: {} of {}, {:.1f}%</title></rect>",
      label == answer ? "right" : "wrong", x, y, side - 1, side - 1, std::pow(share, kFewAreSeen),
      escape_html(classes[label]), escape_html(classes[answer]), count, evaluation.samples(label),
      100 * share);
  if (side >= kCellForText) {
    svg += fmt::format("<text class=\"middle{}\" x=\"{:.1f}\" y=\"{:.1f}\">{:.0f}%</text>",
                       share > 0.45 ? " bright" : "", x + side / 2, y + side / 2 + 4, 100 * share);
  }
  return svg;
}

}  // namespace

std::string confusion_chart(const Evaluation& evaluation, const std::vector<std::string>& classes) {
  std::vector<std::size_t> labels, answers;
  for (std::size_t label = 0; label < classes.size(); ++label) {
    const bool occurs = evaluation.samples(label) > 0;
    const bool answered =
        std::any_of(evaluation.confusion.begin(), evaluation.confusion.end(),
                    [&](const std::vector<std::uint64_t>& row) { return row[label] > 0; });
    if (occurs) labels.push_back(label);
    if (occurs || answered) answers.push_back(label);
  }
  const double side = std::min(kMaxCell, kMatrix / double(answers.size()));
  const double width = side * double(answers.size()), height = side * double(labels.size());
  const double font = std::clamp(side * 0.75, 9.0, 13.0);
  std::string svg =
      fmt::format("<rect class=\"field\" x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
                  kNames, kNames, width, height);
  for (std::size_t column = 0; column < answers.size(); ++column) {
    const double x = kNames + (double(column) + 0.5) * side + font / 3;
    svg += fmt::format("<text transform=\"translate({:.1f} {}) rotate(-60)\">{}</text>", x,
                       kNames - 6, escape_html(short_name(classes[answers[column]])));
  }
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const double y = kNames + double(row) * side;
    svg += fmt::format("\n<text class=\"end\" x=\"{}\" y=\"{:.1f}\">{}</text>", kNames - 6,
                       y + side / 2 + font / 3, escape_html(short_name(classes[labels[row]])));
    for (std::size_t column = 0; column < answers.size(); ++column) {
      svg += cell(evaluation, classes, labels[row], answers[column], kNames + double(column) * side,
                  y, side);
    }
  }
  // Above the last columns names lean out to the right.
  const double whole = kNames + width + kNames / 2;
  return fmt::format(
      "<div class=\"scroll\"><svg class=\"confusion\" viewBox=\"0 0 {:.0f} {:.0f}\" "
      "style=\"font-size:{:.1f}px;max-width:{:.0f}px;min-width:{:.0f}px\" "
      "role=\"img\">{}</svg></div>\n",
      whole, kNames + height + 4, font, whole, std::min(whole, kLeastWidth), svg);
}

}  // namespace rod::trainer
