// Loss scaling, which keeps small gradients in half precision from underflowing to zero.
// Source: Micikevicius et al., "Mixed precision training", ICLR 2018, section 3.2; the numbers are
// those of PyTorch's GradScaler.
#pragma once

#include "trainer/tensor/tensor_io.h"

namespace rod::trainer {

// The scale is halved when gradients overflow and doubled after a long time without overflow. It is
// updated on the device without synchronisation. Not thread-safe.
class LossScaler {
 public:
  explicit LossScaler(const torch::Device& device);

  // The factor for the losses of the next step: [] f64, a view that update() changes.
  torch::Tensor scale() const { return state_[0]; }

  // Call after a step. `finite`, [] bool: whether all its gradients were finite. Does not wait for
  // the device.
  void update(const torch::Tensor& finite);

  // Throws Error(kFailed) if gradients overflow even at the smallest scale. Waits for the device.
  void require_use() const;

  // "optimizer.loss_scale" [2] f64: scale, steps since it changed. Shares the scaler's memory;
  // restore a state with copy_().
  NamedTensors state() const { return {{"optimizer.loss_scale", state_}}; }

 private:
  torch::Tensor state_;
};

}  // namespace rod::trainer
