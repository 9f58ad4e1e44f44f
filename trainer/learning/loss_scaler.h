// The factor that keeps half precision's small gradients from becoming zero.
// Source: Micikevicius et al., "Mixed precision training", ICLR 2018, section 3.2; the numbers are
// those of PyTorch's GradScaler.
#pragma once

#include "trainer/tensor/tensor_io.h"

namespace rod::trainer {

// Halved when gradients overflow, doubled when none has for a long time. Lives on the device, which
// decides alone. One thread.
class LossScaler {
 public:
  explicit LossScaler(const torch::Device& device);

  // What losses are multiplied with in the next step: [] f64, a view that update() changes.
  torch::Tensor scale() const { return state_[0]; }

  // After a step: whether its gradients were all finite, [] bool. Does not wait for the device.
  void update(const torch::Tensor& finite);

  // Errors: kFailed when gradients overflow however small the scale is. Waits for the device.
  void require_use() const;

  // "optimizer.loss_scale" [2] f64: scale, steps since it changed. Shares the scaler's memory:
  // copy_() into it to restore a state.
  NamedTensors state() const { return {{"optimizer.loss_scale", state_}}; }

 private:
  torch::Tensor state_;
};

}  // namespace rod::trainer
