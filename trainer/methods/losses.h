// A stream's batch, and the losses that methods compute from it.
#pragma once

#include <torch/torch.h>

#include "trainer/network/network.h"

namespace rod::trainer {

// One stream's batch, as passed to a method.
struct Minibatch {
  // [B,3,S,S] f32, ImageNet-normalised, on the device; undefined if --modality excludes it
  torch::Tensor rgb, depth;
  torch::Tensor label;    // [B] i64, on the device: class, or relative rotation for rotated streams
  torch::Tensor index;    // [B] i64, CPU: line of the split's list, from 0
  torch::Tensor augment;  // [B,5] i64, CPU: top, left, flip, k_rgb, k_depth
  // [B,2] i64, on the device: k_rgb, k_depth; undefined for streams that are not rotated
  torch::Tensor rotations;
};

// Return losses of the features of `batch`: scalars, f32, differentiable.
torch::Tensor class_loss(Network& network, const Features& features, const Minibatch& batch);
torch::Tensor entropy_loss(Network& network, const Features& features);
torch::Tensor rotation_loss(Network& network, const Features& features, const Minibatch& batch);

// Returns the mean over the batch of -sum p log p, over all p = softmax(logits) of at least 1e-6.
// [B,C] -> [].
torch::Tensor entropy(const torch::Tensor& logits);

// Adds weight x scale x the gradients of `loss` to the parameters'. An undefined scale is 1.
void add_gradients(const torch::Tensor& loss, double weight, const torch::Tensor& scale);

// Maximum mean discrepancy with several kernels (MK-MMD). Returns an unbiased estimate of the
// squared discrepancy between the distributions from which the rows of `a` and `b` were drawn; may
// be negative. The kernel is the mean of five Gaussians whose bandwidths are 1/4, 1/2, 1, 2 and 4
// times the mean squared distance of two rows; no gradient flows through that. [n,D], [n,D] -> []
// f32. Requires: n > 1. Source: Long et al., "Learning transferable features with deep adaptation
// networks", ICML 2015, section 3; Gretton et al., "A kernel two-sample test", JMLR 13 (2012),
// lemma 6.
torch::Tensor mean_discrepancy(const torch::Tensor& a, const torch::Tensor& b);

// Gradient reversal: returns `x`; in the backward pass its gradient is multiplied by -lambda.
// Source: Ganin and Lempitsky, "Unsupervised domain adaptation by backpropagation", ICML 2015,
// section 3.2.
torch::Tensor reverse_gradient(const torch::Tensor& x, double lambda);

}  // namespace rod::trainer
