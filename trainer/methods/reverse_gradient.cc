#include "trainer/methods/reverse_gradient.h"

namespace rod::trainer {
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
