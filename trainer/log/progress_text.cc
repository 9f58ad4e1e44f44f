#include "trainer/log/progress_text.h"

#include <fmt/format.h>

#include "base/units.h"

namespace rod::trainer {
namespace {

std::string seconds_text(double seconds) {
  return format_duration(std::chrono::duration<double>(seconds));
}

// "loss.rot_source" and "loss.rot_target" share one word.
std::string losses_text(const std::vector<std::pair<std::string, double>>& losses) {
  std::string text;
  for (const auto& [name, value] : losses) {
    if (name == "loss.rot_target") {
      text += fmt::format("/{:.2f}", value);
      continue;
    }
    std::string word = name.starts_with("loss.") ? name.substr(5) : name;
    if (word == "rot_source") word = "rot";
    text += fmt::format("{}{} {:.2f}", text.empty() ? "" : " ", word, value);
  }
  return text;
}

}  // namespace

std::string progress_text(const ProgressFigures& figures) {
  std::string text = fmt::format("epoch {}/{}  step {}/{}", figures.epoch, figures.epochs,
                                 figures.step, figures.steps);
  if (figures.pairs_per_second > 0)
    text += fmt::format("  {:.0f} pairs/s", figures.pairs_per_second);
  if (figures.steps_per_second > 0 && figures.step < figures.steps) {
    const double left = double(figures.steps - figures.step) / figures.steps_per_second;
    text += fmt::format("  {} left", seconds_text(left));
  }
  if (!figures.accuracy_of.empty())
    text += fmt::format("  {} {:.1f}%", figures.accuracy_of, 100 * figures.accuracy);
  if (figures.pairs_per_second > 0) text += fmt::format("  wait {:.0f}%", 100 * figures.waited);
  if (figures.silent > 0)
    text += fmt::format("  drive silent for {}", seconds_text(figures.silent));
  if (figures.since_safe >= 0)
    text += fmt::format("  saved {} ago", seconds_text(figures.since_safe));
  if (figures.since_local >= 0)
    text += fmt::format("  on this machine {} ago", seconds_text(figures.since_local));
  if (!figures.losses.empty()) text += "  " + losses_text(figures.losses);
  if (figures.gpu_total > 0) {
    text += fmt::format("  GPU {} of {}", format_size(double(figures.gpu_used)),
                        format_size(double(figures.gpu_total)));
  }
  return text;
}

}  // namespace rod::trainer
