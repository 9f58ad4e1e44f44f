// SGD and AdamW, equal to PyTorch's, and what they share: groups of parameters, their learning
// rates and states, and what happens to gradients between the backward pass and the step.
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

  // After this call, each group's learning rate is its own times `factor`. A recorded step reads
  // the newest factor. An optimiser on which it was never called uses a shorter computation for
  // constant rates, whose last bit may differ.
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

// A copy of tensors, one after the other in one tensor: a factor on the device reaches all of them
// in one kernel, where LibTorch's lists of tensors take one kernel each.
struct PackedTensors {
  // Requires: at least one; all dense, of one dtype, on one device.
  explicit PackedTensors(const std::vector<torch::Tensor>& tensors);

  torch::Tensor all;                 // [sum of their sizes]
  std::vector<torch::Tensor> views;  // shaped like the tensors, sharing the memory of `all`
};

// Copies each tensor of `from` to the tensor of `to` at the same index.
void copy_all(const std::vector<torch::Tensor>& to, const std::vector<torch::Tensor>& from);

struct SgdOptions {
  double momentum = .9;
  double weight_decay = 0;
};

// Stochastic gradient descent with momentum and weight decay, equal to torch.optim.SGD.
class Sgd : public Optimizer {
 public:
  Sgd(const std::vector<ParameterGroup>& groups, const SgdOptions& options);

  // For each parameter p with gradient g: g += weight_decay p; buffer = momentum buffer + g; p -=
  // lr buffer. The buffers are "optimizer.momentum.<parameter>".
  void step(const torch::Tensor& finite = {}) override;

 private:
  SgdOptions options_;
};

struct AdamWOptions {
  double beta1 = .9, beta2 = .999;  // of the two moments
  double epsilon = 1e-8;
  double weight_decay = 0;
};

// Adam with decoupled weight decay, equal to torch.optim.AdamW. Source: Loshchilov and Hutter,
// "Decoupled weight decay regularization", ICLR 2019, algorithm 2.
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
