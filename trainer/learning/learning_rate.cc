#include "trainer/learning/learning_rate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/units.h"

namespace rod::trainer {
namespace {

constexpr std::string_view kInSteps = "steps";
constexpr double kInverseSteepness = 10, kInversePower = .75;  // alpha and beta of the paper
constexpr double kLongestWarmup = 1e6;                         // epochs

// Whether `text` is a number as a whole.
bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}
bool read_number(std::string_view text, double& number) {
  const auto value = parse_number(text);
  number = value.value_or(0);
  return value.has_value();
}

}  // namespace

std::uint64_t Warmup::in_steps(std::uint64_t epoch_steps) const {
  return steps > 0 ? steps : static_cast<std::uint64_t>(std::llround(epochs * double(epoch_steps)));
}

Warmup parse_warmup(std::string_view text) {
  Warmup warmup;
  if (text.ends_with(kInSteps)) {
    if (read_number(text.substr(0, text.size() - kInSteps.size()), warmup.steps)) return warmup;
  } else if (read_number(text, warmup.epochs) && warmup.epochs >= 0 &&
             warmup.epochs <= kLongestWarmup) {
    return warmup;
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("--warmup '{}' is not understood; write epochs such as 5 or 0.5, or "
                          "500steps",
                          text));
}

bool runs_over_epochs(const TrainConfig& config) {
  return config.schedule == "cosine" || config.schedule == "inverse";
}

void require_schedule_options(const TrainConfig& config) {
  const auto refuse = [](const std::string& text) { throw Error(ErrorKind::kUsage, text); };
  const std::string& schedule = config.schedule;
  if (schedule == "step" && config.step_size == 0) {
    refuse(
        "--schedule step: give --step-size, the epochs after which --lr is multiplied by "
        "--gamma");
  }
  if (schedule != "step" && config.step_size != 0) {
    refuse(
        fmt::format("--step-size belongs to --schedule step, not to {}; give --schedule step or "
                    "leave it out",
                    schedule));
  }
  if (!runs_over_epochs(config) && config.schedule_epochs != 0) {
    refuse(
        fmt::format("--schedule-epochs belongs to --schedule cosine and inverse, not to {}; "
                    "leave it out",
                    schedule));
  }
  parse_warmup(config.warmup);
}

LearningRate::LearningRate(const TrainConfig& config, std::uint64_t epoch_steps)
    : schedule_(config.schedule),
      schedule_steps_((config.schedule_epochs > 0 ? config.schedule_epochs : config.epochs) *
                      double(epoch_steps)),
      step_size_(config.step_size),
      gamma_(config.gamma),
      epoch_steps_(epoch_steps),
      warmup_steps_(parse_warmup(config.warmup).in_steps(epoch_steps)) {}

bool LearningRate::constant() const {
  return schedule_ == "constant" && warmup_steps_ <= 1;
}

double LearningRate::factor(std::uint64_t step) const {
  const double progress = std::min(1., double(step) / schedule_steps_);
  double factor = 1;
  if (schedule_ == "cosine") factor = (1 + std::cos(M_PI * progress)) / 2;
  if (schedule_ == "inverse") factor = std::pow(1 + kInverseSteepness * progress, -kInversePower);
  if (schedule_ == "step") {
    factor = std::pow(gamma_, std::floor(double(step / epoch_steps_) / step_size_));
  }
  if (step < warmup_steps_) factor *= double(step + 1) / double(warmup_steps_);
  return factor;
}

}  // namespace rod::trainer
