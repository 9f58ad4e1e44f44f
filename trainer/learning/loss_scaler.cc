#include "trainer/learning/loss_scaler.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rod::trainer {
namespace {

constexpr double kFirst = 65536, kFactor = 2, kStepsBetween = 2000, kSmallest = 1. / 1024;

}  // namespace

LossScaler::LossScaler(const torch::Device& device)
    : state_(torch::tensor({kFirst, 0.}, torch::kDouble).to(device)) {}

void LossScaler::update(const torch::Tensor& finite) {
  torch::Tensor scale = state_[0], steps = state_[1];
  steps += 1;
  const torch::Tensor grows = finite.logical_and(steps == kStepsBetween);
  scale *= torch::where(finite, 1., 1 / kFactor) * torch::where(grows, kFactor, 1.);
  steps *= finite.logical_and(grows.logical_not());
}

void LossScaler::require_use() const {
  const double scale = state_[0].item<double>();
  if (scale >= kSmallest) return;
  throw Error(ErrorKind::kFailed,
              fmt::format("gradients are not finite even with a loss scale of {}: training has "
                          "diverged. Checkpoints from before are kept. Start again in a new "
                          "--logdir with --amp bf16 or off, or a smaller --lr",
                          scale * kFactor));
}

}  // namespace rod::trainer
