// Adam with decoupled weight decay, equal to torch.optim.AdamW.
// Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.
#pragma once

#include "trainer/learning/optimizer.h"

namespace rod::trainer {

struct AdamWOptions {
  double beta1 = .9, beta2 = .999;  // of the two moments
  double epsilon = 1e-8;
  double weight_decay = 0;
};

class AdamW : public Optimizer {
 public:
  // As Optimizer's. Requires: the same parameters have gradients in every step.
  AdamW(const std::vector<ParameterGroup>& groups, const AdamWOptions& options);

  // For each parameter p with gradient g, in step t from 1: m = beta1 m + (1 - beta1) g;
  // v = beta2 v + (1 - beta2) g^2; p -= lr (weight_decay p + m' / (sqrt(v') + epsilon)), where
  // m' = m / (1 - beta1^t) and v' = v / (1 - beta2^t).
  void step(const torch::Tensor& finite = {}) override;

  // The moments as "optimizer.exp_avg.<parameter>" and "optimizer.exp_avg_sq.<parameter>", and
  // "optimizer.steps", [] f64: those that were not skipped.
  NamedTensors state() const override;

 private:
  AdamWOptions options_;
  torch::Tensor steps_;
};

}  // namespace rod::trainer
