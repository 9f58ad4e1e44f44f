#include "trainer/loss_scaler.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rod {
namespace {

constexpr double kFactor = 2, kStepsBetween = 2000, kSmallest = 1. / 1024;

}  // namespace

double LossScaler::scale() const {
  return state_.data_ptr<double>()[0];
}

void LossScaler::update(bool finite) {
  double &scale = state_.data_ptr<double>()[0], &steps = state_.data_ptr<double>()[1];
  if (!finite) {
    scale /= kFactor;
    steps = 0;
    if (scale < kSmallest) {
      throw Error(
          ErrorKind::kFailed,
          fmt::format("gradients are not finite even with a loss scale of {}: training has "
                      "diverged. Checkpoints from before are kept. Start again in a new --logdir "
                      "with --amp bf16 or off, or a smaller --lr",
                      scale * kFactor));
    }
  } else if (++steps == kStepsBetween) {
    scale *= kFactor;
    steps = 0;
  }
}

}  // namespace rod
