// Stochastic gradient descent with momentum and weight decay, equal to torch.optim.SGD.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "trainer/tensor/tensor_io.h"

namespace rod::trainer {

struct ParameterGroup {
  NamedTensors parameters;
  double lr;
};

struct SgdOptions {
  double momentum = .9;
  double weight_decay = 0;
};

// Uses few kernels for all parameters of a group, for GPUs. Not thread-safe.
class Sgd {
 public:
  // Parameters are shared, not copied. Requires: they are on their final device and in their final
  // memory format.
  Sgd(const std::vector<ParameterGroup>& groups, const SgdOptions& options);

  // Drops all gradients.
  void zero_grad();

  // Divides all gradients by `scale`, []. Returns whether all are finite: [] bool. Does not wait
  // for the device.
  torch::Tensor unscale(const torch::Tensor& scale);

  // For each parameter p with gradient g: g += weight_decay p; buffer = momentum buffer + g; p -=
  // lr buffer. A parameter without a gradient is unchanged. Gradients are overwritten; call
  // zero_grad() before the next pass. If `finite`, [] bool, is given and false, nothing changes;
  // this is decided on the device without waiting.
  void step(const torch::Tensor& finite = {});

  // The momentum buffers, zero before the first step, as "optimizer.momentum.<parameter>". They
  // share the optimiser's memory; restore a state with copy_().
  NamedTensors state() const;

 private:
  struct WithGradient {
    std::vector<torch::Tensor> parameters, gradients, momentum;
  };
  struct Group {
    WithGradient with_gradient() const;

    std::vector<std::string> names;
    std::vector<torch::Tensor> parameters, momentum;
    double lr;
  };
  std::vector<Group> groups_;
  SgdOptions options_;
};

}  // namespace rod::trainer
