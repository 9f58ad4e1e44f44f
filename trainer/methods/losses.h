// Losses shared by several methods.
#pragma once

#include <torch/torch.h>

#include "trainer/methods/minibatch.h"
#include "trainer/network/network.h"

namespace rod::trainer {

// Of the features of `batch`: scalars, f32, differentiable.
torch::Tensor class_loss(Network& network, const Features& features, const Minibatch& batch);
torch::Tensor entropy_loss(Network& network, const Features& features);
torch::Tensor rotation_loss(Network& network, const Features& features, const Minibatch& batch);

// Mean over the batch of -sum p log p over those p = softmax(logits) that are at least 1e-6. [B,C]
// -> [].
torch::Tensor entropy(const torch::Tensor& logits);

// Adds weight x scale x the gradients of `loss` to the parameters'. An undefined scale is 1.
void add_gradients(const torch::Tensor& loss, double weight, const torch::Tensor& scale);

}  // namespace rod::trainer
