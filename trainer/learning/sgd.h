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

// Few kernels for all parameters of a group, as a GPU wants it. One thread.
class Sgd {
 public:
  // Parameters are shared, not copied. REQUIRES: on their final device, in their final memory
  // format.
  Sgd(const std::vector<ParameterGroup>& groups, const SgdOptions& options);

  // Drops all gradients.
  void zero_grad();

  // Divides all gradients by `scale`, [], and tells whether they are all finite: [] bool. Does not
  // wait for the device.
  torch::Tensor unscale(const torch::Tensor& scale);

  // For each parameter p with gradient g: g += weight_decay p; buffer = momentum buffer + g; p -=
  // lr buffer. A parameter without gradient stays as it is. Gradients are used up: call zero_grad()
  // before the next pass. Where `finite`, [] bool, is given and false, nothing changes; the device
  // decides, nobody waits for it.
  void step(const torch::Tensor& finite = {});

  // The momentum buffers, zero before the first step, as "optimizer.momentum.<parameter>". They
  // share the optimiser's memory: copy_() into them to restore a state.
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
