// Stochastic gradient descent with momentum and weight decay, equal to torch.optim.SGD.
#pragma once

#include "trainer/learning/optimizer.h"

namespace rod::trainer {

struct SgdOptions {
  double momentum = .9;
  double weight_decay = 0;
};

class Sgd : public Optimizer {
 public:
  Sgd(const std::vector<ParameterGroup>& groups, const SgdOptions& options);

  // For each parameter p with gradient g: g += weight_decay p; buffer = momentum buffer + g; p -=
  // lr buffer. The buffers are "optimizer.momentum.<parameter>".
  void step(const torch::Tensor& finite = {}) override;

 private:
  SgdOptions options_;
};

}  // namespace rod::trainer
