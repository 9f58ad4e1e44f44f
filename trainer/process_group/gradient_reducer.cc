#include "trainer/process_group/gradient_reducer.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <utility>

namespace rod::trainer {
namespace {

using torch::autograd::variable_list;

class AfterGradient : public torch::autograd::FunctionPostHook {
 public:
  explicit AfterGradient(std::function<void()> call) : call_(std::move(call)) {}
  variable_list operator()(const variable_list& outputs, const variable_list&) override {
    call_();
    return outputs;
  }

 private:
  std::function<void()> call_;
};

}  // namespace

GradientReducer::GradientReducer(std::vector<torch::Tensor> parameters,
                                 std::shared_ptr<ProcessGroup> group, std::int64_t bucket_bytes)
    : group_(std::move(group)), bucket_bytes_(bucket_bytes) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Parameter& parameter = parameters_.emplace_back();
    parameter.tensor = std::move(parameters[i]);
    parameter.accumulator = torch::autograd::impl::grad_accumulator(parameter.tensor);
    parameter.hook = parameter.accumulator->add_post_hook(
        std::make_unique<AfterGradient>([this, i] { see(i); }));
  }
}

GradientReducer::~GradientReducer() {
  for (Parameter& parameter : parameters_) parameter.accumulator->del_post_hook(parameter.hook);
}

void GradientReducer::see(std::size_t i) {
  Parameter& parameter = parameters_[i];
  ++parameter.seen;
  if (buckets_.empty()) {
    order_.push_back(i);
    return;
  }
  TORCH_CHECK(parameter.seen <= parameter.passes,
              "a parameter received gradients in more passes than in the first step");
  if (parameter.seen < parameter.passes) return;
  --buckets_[parameter.bucket].missing;
  send_complete();
}

void GradientReducer::make_buckets() {
  std::vector<std::size_t> last;  // each parameter once, where its gradient was complete
  for (auto i = order_.rbegin(); i != order_.rend(); ++i) {
    if (std::find(last.begin(), last.end(), *i) == last.end()) last.push_back(*i);
  }
  std::int64_t bytes = bucket_bytes_;
  for (auto i = last.rbegin(); i != last.rend(); ++i) {
    Parameter& parameter = parameters_[*i];
    if (bytes >= bucket_bytes_) {
      buckets_.emplace_back();
      bytes = 0;
    }
    bytes += static_cast<std::int64_t>(parameter.tensor.nbytes());
    parameter.passes = parameter.seen;
    parameter.bucket = buckets_.size() - 1;
    buckets_.back().parameters.push_back(*i);
  }
  order_.clear();
}

void GradientReducer::send_complete() {
  while (next_ < buckets_.size() && buckets_[next_].missing == 0) send(buckets_[next_++]);
}

void GradientReducer::send(Bucket& bucket) {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> flat;
  for (const std::size_t i : bucket.parameters)
    flat.push_back(parameters_[i].tensor.grad().reshape({-1}));
  bucket.values = torch::cat(flat).div_(double(group_->size()));
  bucket.complete = group_->all_reduce_async(bucket.values);
}

void GradientReducer::receive(Bucket& bucket) {
  const torch::NoGradGuard no_gradients;
  bucket.complete();
  std::int64_t at = 0;
  for (const std::size_t i : bucket.parameters) {
    torch::Tensor& gradient = parameters_[i].tensor.mutable_grad();
    gradient.copy_(bucket.values.narrow(0, at, gradient.numel()).view(gradient.sizes()));
    at += gradient.numel();
  }
  bucket.values.reset();
}

void GradientReducer::finish() {
  if (buckets_.empty()) make_buckets();
  for (; next_ < buckets_.size(); ++next_) send(buckets_[next_]);
  for (Bucket& bucket : buckets_) receive(bucket);
  next_ = 0;
  for (Parameter& parameter : parameters_) parameter.seen = 0;
  for (Bucket& bucket : buckets_) bucket.missing = bucket.parameters.size();
}

}  // namespace rod::trainer
