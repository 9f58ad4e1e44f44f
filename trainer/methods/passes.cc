#include "trainer/methods/passes.h"

#include <utility>

#include "trainer/methods/losses.h"

namespace rod::trainer {

Passes::Passes(Network& network, std::vector<Minibatch> batches, torch::Tensor scale)
    : network_(network), batches_(std::move(batches)), scale_(std::move(scale)) {
  if (!network->options().concat_batches || batches_.size() == 1) return;
  std::vector<torch::Tensor> rgb, depth;
  for (const Minibatch& batch : batches_) {
    rgb.push_back(batch.rgb);
    depth.push_back(batch.depth);
  }
  concatenated_ = network->features_of_all(rgb, depth);
}

Features Passes::features(std::size_t i) {
  const Minibatch& batch = batches_.at(i);
  return concatenated_.empty() ? network_->features(batch.rgb, batch.depth) : concatenated_.at(i);
}

void Passes::backward(const torch::Tensor& loss, double weight) {
  if (concatenated_.empty()) {
    add_gradients(loss, weight, scale_);
    return;
  }
  const torch::Tensor weighted = weight == 1 ? loss : loss * weight;
  sum_ = sum_.defined() ? sum_ + weighted : weighted;
}

void Passes::finish() {
  if (sum_.defined()) add_gradients(sum_, 1, scale_);
  network_->count_batches();
}

}  // namespace rod::trainer
