// The common part of the methods with rotations: classification of the source, entropy of the
// target, and a second task on rotated pairs of both domains. Source: Loghmani et al. (arXiv
// 2004.10016), section III; the order of its Python program's passes.
#pragma once

#include "trainer/methods/method.h"

namespace rod::trainer {

// The loss of the second task on the features of a batch of rotated pairs: scalar, f32,
// differentiable.
using TaskLoss = torch::Tensor (*)(Network& network, const Features& features,
                                   const Minibatch& turned);

// Returns the four streams; two are rotated by one of `angles` angles.
std::vector<StreamSpec> pretext_streams(std::int64_t angles);

// loss.cls, loss.ent, loss.rot_source, loss.rot_target.
std::vector<LossSpec> pretext_losses();

// Method::backward: the gradients of three passes, and their four losses.
NamedLosses pretext_backward(Network& network, const std::vector<Minibatch>& batches,
                             const LossWeights& weights, TaskLoss task);

// Returns the same for one task, as Method::backward.
template <TaskLoss task>
NamedLosses backward_of(Network& network, const std::vector<Minibatch>& batches,
                        const LossWeights& weights) {
  return pretext_backward(network, batches, weights, task);
}

}  // namespace rod::trainer
