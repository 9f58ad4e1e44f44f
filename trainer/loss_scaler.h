// The factor that keeps half precision's small gradients from becoming zero.
// Source: Micikevicius et al., "Mixed precision training", ICLR 2018, section 3.2; the numbers are
// those of PyTorch's GradScaler.
#pragma once

#include "trainer/tensor_io.h"

namespace rod {

// Halved when gradients overflow, doubled when none has for a long time. One thread.
class LossScaler {
 public:
  // What losses are multiplied with in the next step.
  double scale() const;

  // After a step whose gradients were all finite, or not: then the step is to be left out.
  // Errors: kFailed when they overflow however small the scale is.
  void update(bool finite);

  // "optimizer.loss_scale" [2] f64, CPU: scale, steps since it changed. Shares the scaler's memory:
  // copy_() into it to restore a state.
  NamedTensors state() const { return {{"optimizer.loss_scale", state_}}; }

 private:
  torch::Tensor state_ = torch::tensor({65536., 0.}, torch::kDouble);
};

}  // namespace rod
