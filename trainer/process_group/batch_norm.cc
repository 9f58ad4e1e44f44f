#include "trainer/process_group/batch_norm.h"

#include <vector>

#include "trainer/tensor/autocast.h"

namespace rod::trainer {
namespace {

constexpr double kMomentum = 0.1, kEpsilon = 1e-5;

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Sums over all but the channels, [B,C,…] -> [C]; on a CPU in double, as LibTorch's own batch
// normalisation makes them.
torch::Tensor channel_sums(const torch::Tensor& x) {
  const auto type = x.is_cuda() ? x.scalar_type() : torch::kDouble;
  return x.dim() == 2 ? x.sum(0, /*keepdim=*/false, type)
                      : x.sum({0, 2, 3}, /*keepdim=*/false, type);
}

// [C] -> [1,C,1,1], to go with x
torch::Tensor along(const torch::Tensor& channels, const torch::Tensor& x) {
  return x.dim() == 2 ? channels.view({1, -1}) : channels.view({1, -1, 1, 1});
}

// A saved graph has no place for a process group, so a pointer is passed; the module keeps it
// alive.
struct SyncBatchNorm : public torch::autograd::Function<SyncBatchNorm> {
  static variable_list forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               ProcessGroup* group) {
    const torch::Tensor values = full_precision(x);
    const std::int64_t channels = x.size(1);
    const torch::Tensor own = channel_sums(values);
    const torch::Tensor sums =
        torch::cat({own, torch::full({1}, double(x.numel() / channels), own.options())});
    group->all_reduce(sums);
    const torch::Tensor samples = sums.narrow(0, channels, 1);
    const torch::Tensor mean = (sums.narrow(0, 0, channels) / samples).to(values.scalar_type());
    const torch::Tensor centred = values - along(mean, x);
    // Around the mean, in a second exchange: the difference of two large sums would lose digits.
    const torch::Tensor squares = channel_sums(centred.square());
    group->all_reduce(squares);
    const torch::Tensor variance = squares / samples;
    const torch::Tensor scale = (variance + kEpsilon).rsqrt().to(values.scalar_type());
    const torch::Tensor normal = centred * along(scale, x);
    context->save_for_backward({normal, weight, scale, samples});
    context->saved_data["group"] = reinterpret_cast<std::int64_t>(group);
    const torch::Tensor y = (normal * along(weight, x) + along(bias, x)).to(x.scalar_type());
    context->mark_non_differentiable({mean, variance, samples});
    return {y, mean, variance, samples};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &normal = saved[0], &weight = saved[1], &scale = saved[2],
                        &samples = saved[3];
    const torch::Tensor dy = full_precision(gradients[0]);
    const torch::Tensor d_bias = channel_sums(dy), d_weight = channel_sums(dy * normal);
    const torch::Tensor sums = torch::cat({d_bias, d_weight});
    ProcessGroup& group = *reinterpret_cast<ProcessGroup*>(context->saved_data["group"].toInt());
    group.all_reduce(sums);
    const torch::Tensor means = (sums / samples).to(dy.scalar_type());
    const torch::Tensor d_parameters = (sums / double(group.size())).to(weight.scalar_type());
    const std::int64_t channels = scale.size(0);
    const torch::Tensor dx = (dy - along(means.narrow(0, 0, channels), dy) -
                              normal * along(means.narrow(0, channels, channels), dy)) *
                             along(weight * scale, dy);
    return {dx.to(gradients[0].scalar_type()), d_parameters.narrow(0, channels, channels),
            d_parameters.narrow(0, 0, channels), torch::Tensor()};
  }
};

thread_local std::int64_t concatenated_batches = 1;

// Batch normalisation of several batches of equal size, concatenated in x: by LibTorch's own for
// each. One function for all, because autograd would add up the gradients of weight and bias batch
// by batch.
struct BatchNormOfEach : public torch::autograd::Function<BatchNormOfEach> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               const torch::Tensor& running_mean, const torch::Tensor& running_var,
                               std::int64_t count) {
    const bool cudnn = at::globalContext().userEnabledCuDNN();
    variable_list saved = {x, weight}, outputs;
    for (const torch::Tensor& batch : x.chunk(count)) {
      const auto [y, mean, scale, reserve, backend] =
          at::_batch_norm_impl_index(batch, weight, bias, running_mean, running_var,
                                     /*training=*/true, kMomentum, kEpsilon, cudnn);
      outputs.push_back(y);
      saved.insert(saved.end(), {mean, scale, reserve});
      context->saved_data["backend"] = backend;  // the same for all: they have one shape
    }
    context->save_for_backward(saved);
    context->saved_data["count"] = count;
    return torch::cat(outputs);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &weight = saved[1];
    const std::int64_t count = context->saved_data["count"].toInt(),
                       backend = context->saved_data["backend"].toInt();
    const std::vector<torch::Tensor> xs = x.chunk(count), dys = gradients[0].chunk(count);
    variable_list dx, d_weights, d_biases;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      const torch::Tensor &mean = saved[2 + 3 * i], &scale = saved[3 + 3 * i],
                          &reserve = saved[4 + 3 * i];
      auto [d_batch, d_weight, d_bias] = at::_batch_norm_impl_index_backward(
          backend, xs[i], dys[i], weight, {}, {}, mean, scale, /*train=*/true, kEpsilon,
          {true, true, true}, reserve);
      dx.push_back(d_batch);
      d_weights.push_back(d_weight);
      d_biases.push_back(d_bias);
    }
    d_weights.insert(d_weights.end(), d_biases.begin(), d_biases.end());
    const torch::Tensor sums =
        torch::cat(d_weights).view({2, count, weight.size(0)}).sum(1);  // [2,C]
    return {torch::cat(dx), sums[0], sums[1], torch::Tensor(), torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

ConcatenatedBatches::ConcatenatedBatches(std::int64_t count) : before_(concatenated_batches) {
  concatenated_batches = count;
}

ConcatenatedBatches::~ConcatenatedBatches() {
  concatenated_batches = before_;
}

BatchNormImpl::BatchNormImpl(std::int64_t channels) {
  weight = register_parameter("weight", torch::ones({channels}));
  bias = register_parameter("bias", torch::zeros({channels}));
  running_mean_ = register_buffer("running_mean", torch::zeros({channels}));
  running_var_ = register_buffer("running_var", torch::ones({channels}));
  num_batches_tracked_ = register_buffer("num_batches_tracked", torch::tensor(0, torch::kLong));
}

torch::Tensor BatchNormImpl::forward(const torch::Tensor& x) {
  if (is_training()) uncounted_ += concatenated_batches;
  if (is_training() && concatenated_batches > 1) {
    TORCH_CHECK(!group_, "concatenated batches can't be normalised over several processes");
    return BatchNormOfEach::apply(x, weight, bias, running_mean_, running_var_,
                                  concatenated_batches);
  }
  if (!is_training() || !group_) {
    return torch::batch_norm(x, weight, bias, running_mean_, running_var_, is_training(), kMomentum,
                             kEpsilon, at::globalContext().userEnabledCuDNN());
  }
  const variable_list out = SyncBatchNorm::apply(x, weight, bias, group_.get());
  const torch::NoGradGuard no_gradients;
  const torch::Tensor& samples = out[3];
  running_mean_.lerp_(out[1], kMomentum);
  const torch::Tensor unbiased = out[2] * (samples / (samples - 1));
  running_var_.lerp_(unbiased.to(running_var_.scalar_type()), kMomentum);
  return out[0];
}

void count_batches(const std::vector<std::shared_ptr<BatchNormImpl>>& norms) {
  std::vector<torch::Tensor> counters;
  std::vector<at::Scalar> batches;
  for (const auto& norm : norms) {
    if (norm->uncounted_ == 0) continue;
    counters.push_back(norm->num_batches_tracked_);
    batches.emplace_back(norm->uncounted_);
    norm->uncounted_ = 0;
  }
  if (!counters.empty()) at::_foreach_add_(counters, batches);
}

}  // namespace rod::trainer
