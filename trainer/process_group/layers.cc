#include "trainer/process_group/layers.h"

#include <tuple>
#include <vector>

namespace rod::trainer {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A saved graph has no place for a process group, so a pointer is passed; the module keeps it
// alive.
struct ChunkedConvolution : public torch::autograd::Function<ChunkedConvolution> {
  // `bias`: [0] for none.
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               std::int64_t stride, std::int64_t padding, ProcessGroup* group) {
    std::vector<torch::Tensor> chunks = chunks_of(x, *group);
    for (torch::Tensor& chunk : chunks) {
      chunk = at::conv2d(chunk, weight, bias.numel() > 0 ? bias : torch::Tensor(), stride, padding);
    }
    context->save_for_backward({x, weight, bias});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    context->saved_data["group"] = reinterpret_cast<std::int64_t>(group);
    return torch::cat(chunks);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &weight = saved[1], &bias = saved[2];
    auto& group = *reinterpret_cast<ProcessGroup*>(context->saved_data["group"].toInt());
    const std::int64_t stride = context->saved_data["stride"].toInt(),
                       padding = context->saved_data["padding"].toInt();
    const std::vector<torch::Tensor> x_chunks = chunks_of(x, group),
                                     dy_chunks = chunks_of(gradients[0], group);
    std::vector<torch::Tensor> dx(x_chunks.size());
    const torch::Tensor sums =
        torch::zeros({weight.numel() + bias.numel()}, torch::dtype(torch::kDouble));
    for (std::size_t i = 0; i < x_chunks.size(); ++i) {
      torch::Tensor d_weight, d_bias;
      std::tie(dx[i], d_weight, d_bias) = at::convolution_backward(
          dy_chunks[i], x_chunks[i], weight, bias.sizes(), {stride, stride}, {padding, padding},
          /*dilation=*/{1, 1}, /*transposed=*/false, /*output_padding=*/{0, 0}, /*groups=*/1,
          {context->needs_input_grad(0), true, bias.numel() > 0});
      sums.narrow(0, 0, weight.numel()) += d_weight.reshape(-1);
      if (bias.numel() > 0) sums.narrow(0, weight.numel(), bias.numel()) += d_bias;
    }
    group.all_reduce(sums);
    const torch::Tensor means = (sums / double(group.size())).to(weight.scalar_type());
    return {context->needs_input_grad(0) ? torch::cat(dx) : torch::Tensor(),
            means.narrow(0, 0, weight.numel()).view(weight.sizes()),
            means.narrow(0, weight.numel(), bias.numel()),
            torch::Tensor(),
            torch::Tensor(),
            torch::Tensor()};
  }

 private:
  static std::vector<torch::Tensor> chunks_of(const torch::Tensor& slice,
                                              const ProcessGroup& group) {
    return slice.chunk(kChunks / group.size());
  }
};

}  // namespace

ConvolutionImpl::ConvolutionImpl(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                 std::int64_t stride, std::int64_t padding, bool bias)
    : Conv2dImpl(
          torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding).bias(bias)),
      stride_(stride),
      padding_(padding) {}

torch::Tensor ConvolutionImpl::forward(const torch::Tensor& x) {
  if (!is_training() || !group_) return Conv2dImpl::forward(x);
  const torch::Tensor no_bias = weight.detach().new_empty({0});
  return ChunkedConvolution::apply(x, weight, bias.defined() ? bias : no_bias, stride_, padding_,
                                   group_.get());
}

torch::Tensor LinearImpl::forward(const torch::Tensor& x) {
  if (!is_training() || !group_) return torch::nn::LinearImpl::forward(x);
  const auto as_map = [](const torch::Tensor& t) { return t.unsqueeze(2).unsqueeze(3); };
  return ChunkedConvolution::apply(as_map(x), as_map(weight), bias, /*stride=*/1, /*padding=*/0,
                                   group_.get())
      .flatten(1);
}

torch::Tensor DropoutImpl::forward(const torch::Tensor& x) {
  if (!is_training() || p_ == 0 || p_ == 1) return torch::dropout(x, p_, is_training());
  std::vector<std::int64_t> whole = x.sizes().vec();
  whole[0] *= slice_.count;
  // Not torch::dropout, whose draws on a GPU depend on how much of the batch it sees.
  const torch::Tensor kept = torch::empty(whole, x.options()).bernoulli_(1 - p_).div_(1 - p_);
  return x * kept.narrow(0, x.size(0) * slice_.index, x.size(0));
}

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
