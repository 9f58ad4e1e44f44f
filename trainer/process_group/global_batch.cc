#include "trainer/process_group/global_batch.h"

namespace rod::trainer {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Gathered : public torch::autograd::Function<Gathered> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               ProcessGroup* group) {
    context->saved_data["size"] = x.size(0);
    context->saved_data["begin"] = x.size(0) * group->rank();
    context->saved_data["processes"] = static_cast<std::int64_t>(group->size());
    return group->all_gather(x);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const torch::Tensor own = gradients[0].narrow(0, context->saved_data["begin"].toInt(),
                                                  context->saved_data["size"].toInt());
    // Each process adds the gradient through its own slice, and the reducer divides by their
    // number.
    return {own * context->saved_data["processes"].toInt(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor GlobalBatchImpl::forward(const torch::Tensor& x) {
  if (!is_training() || !group_ || group_->alone()) return x;
  return Gathered::apply(x, group_.get());
}

}  // namespace rod::trainer
