#include "trainer/peers/whole_batch.h"

#include <vector>

namespace rod {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Gathered : public torch::autograd::Function<Gathered> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, Peers* peers) {
    const std::int64_t size = x.size(0), begin = size * peers->rank();
    context->saved_data["size"] = size;
    context->saved_data["begin"] = begin;
    context->saved_data["processes"] = static_cast<std::int64_t>(peers->count());
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape[0] *= peers->count();
    // By a sum: each process has a place of its own.
    torch::Tensor whole = torch::zeros(shape, x.options());
    whole.narrow(0, begin, size).copy_(x);
    peers->sum(whole);
    return whole;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const torch::Tensor own = gradients[0].narrow(0, context->saved_data["begin"].toInt(),
                                                  context->saved_data["size"].toInt());
    // Each process adds what flows through its own slice, and all of them are divided by their number.
    return {own * context->saved_data["processes"].toInt(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor WholeBatchImpl::forward(const torch::Tensor& x) {
  if (!is_training() || !peers_ || peers_->alone()) return x;
  return Gathered::apply(x, peers_.get());
}

}  // namespace rod
