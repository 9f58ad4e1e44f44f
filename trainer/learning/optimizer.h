// What optimisers share: groups of parameters, their learning rates and states, and what happens to
// gradients between the backward pass and the step.
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

// Uses few kernels for all parameters of a group, for GPUs, and never waits for the device. Not
// thread-safe.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // Drops all gradients.
  void zero_grad();

  // Divides all gradients by `scale`, []. Returns whether all are finite: [] bool.
  torch::Tensor unscale(const torch::Tensor& scale);

  // Scales all gradients so that the norm of all of them together is `max_norm` at most. Returns
  // the norm before: [] of the gradients' dtype. Equal to torch.nn.utils.clip_grad_norm_.
  torch::Tensor clip_grad_norm(double max_norm);

  // From now on each group's learning rate is its own times `factor`. A recorded step reads the
  // newest one. Optimisers on which it was never called take a shorter way for the constant rates,
  // whose last bit may differ.
  void set_lr_factor(double factor);

  // Changes each parameter that has a gradient. Gradients may be overwritten; call zero_grad()
  // before the next pass. If `finite`, [] bool, is given and false, nothing changes; this is
  // decided on the device.
  virtual void step(const torch::Tensor& finite = {}) = 0;

  // The state, zero before the first step, as "optimizer.<buffer>.<parameter>". It shares the
  // optimiser's memory; restore a state with copy_().
  virtual NamedTensors state() const;

 protected:
  // A group's tensors, in one order.
  struct Tensors {
    std::vector<torch::Tensor> parameters, gradients;
    std::vector<std::vector<torch::Tensor>> buffers;  // [kinds of buffers]
  };
  struct Group {
    Tensors with_gradient() const;

    std::vector<std::string> names;
    Tensors all;  // without gradients
    double lr;
  };

  // Parameters are shared, not copied; each gets one buffer of each kind. Requires: they are on
  // their final device and in their final memory format.
  Optimizer(const std::vector<ParameterGroup>& groups, std::vector<std::string> buffers);

  bool lr_is_scheduled() const { return lr_factor_.defined(); }
  torch::Tensor learning_rate(const Group& group) const;  // [] f64, on the device

  std::vector<Group> groups_;
  torch::Device device() const { return groups_.front().all.parameters.front().device(); }

 private:
  std::vector<std::string> buffers_;
  torch::Tensor lr_factor_;  // [] f64, on the device; undefined: constant
};

}  // namespace rod::trainer
