// The forward and backward passes of one training step, the same for all methods.
//
// Minibatches go through the network one after the other, so that memory holds only the activations
// of those whose backward pass is still to come. With NetworkOptions::concat_batches, all of them
// go through the backbones as one batch, and one backward pass follows: half the kernels, but
// memory for all activations at once. Losses and gradients are equal up to rounding.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "trainer/methods/losses.h"
#include "trainer/network/network.h"
#include "trainer/tensor/autocast.h"

namespace rod::trainer {

class Passes {
 public:
  // `batches`: of the step, all of one size. `scale`: [], multiplies all gradients; undefined: 1.
  Passes(Network& network, std::vector<Minibatch> batches, torch::Tensor scale);

  // Returns the features of the i-th batch. Batch normalisation processes each batch separately, in
  // this order. Requires: called once for each batch, from 0 on.
  Features features(std::size_t i);

  // Adds weight x scale x the gradients of `loss`, [], to the parameters', now or in finish().
  void backward(const torch::Tensor& loss, double weight = 1);

  // Call once, after the last backward().
  void finish();

 private:
  const AutocastCache casts_;
  Network& network_;
  const std::vector<Minibatch> batches_;
  const torch::Tensor scale_;
  std::vector<Features> concatenated_;  // of all batches; empty: each is computed when asked for
  torch::Tensor sum_;                   // of weighted losses that wait for finish(), []
};

}  // namespace rod::trainer
