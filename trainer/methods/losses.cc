#include "trainer/methods/losses.h"

namespace rod::trainer {

torch::Tensor class_loss(Network& network, const Features& features, const Minibatch& batch) {
  return torch::cross_entropy_loss(network->classify(features.feat), batch.label);
}

torch::Tensor entropy_loss(Network& network, const Features& features) {
  return entropy(network->classify(features.feat));
}

torch::Tensor rotation_loss(Network& network, const Features& features, const Minibatch& batch) {
  return torch::cross_entropy_loss(network->classify_rotation(features.map), batch.label);
}

torch::Tensor entropy(const torch::Tensor& logits) {
  const torch::Tensor p = logits.softmax(1);
  // 1 log 1 = 0 stands in for what is left out: picking elements would make the host wait for their
  // number.
  const torch::Tensor kept = torch::where(p >= 1e-6, p, torch::ones_like(p));
  return -(kept * kept.log()).sum() / logits.size(0);
}

void add_gradients(const torch::Tensor& loss, double weight, const torch::Tensor& scale) {
  loss.backward(scale.defined() ? (scale * weight).to(loss.scalar_type())
                                : torch::full_like(loss, weight));
}

namespace {

namespace autograd = torch::autograd;

struct ReverseGradient : autograd::Function<ReverseGradient> {
  static torch::Tensor forward(autograd::AutogradContext* context, const torch::Tensor& x,
                               double lambda) {
    context->saved_data["lambda"] = lambda;
    return x.view_as(x);
  }

  static autograd::tensor_list backward(autograd::AutogradContext* context,
                                        autograd::tensor_list gradients) {
    return {gradients[0] * -context->saved_data["lambda"].toDouble(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor reverse_gradient(const torch::Tensor& x, double lambda) {
  return ReverseGradient::apply(x, lambda);
}

}  // namespace rod::trainer
