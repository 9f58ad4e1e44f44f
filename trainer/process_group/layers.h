// Convolutions and linear layers whose gradients are bit-identical for one, two and four processes.
//
// A layer that has joined a group processes the global batch in chunks of a quarter each, and adds
// the chunks' gradients in double precision, where the sum of four single-precision numbers hardly
// ever needs rounding. So the number of processes does not affect the result.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "trainer/process_group/process_group.h"

namespace rod::trainer {

// The number of chunks of a global batch, over all processes.
constexpr std::int64_t kChunks = 4;

// torch::nn::Conv2d.
class ConvolutionImpl : public torch::nn::Conv2dImpl {
 public:
  ConvolutionImpl(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                  std::int64_t padding, bool bias);

  // After this call, x is this process's slice of a batch. Gradients are those of the global batch
  // divided by the number of processes, because each process averages over its slice. Requires: the
  // number of processes divides kChunks, kChunks divides the batch size, and the precision is
  // single or double.
  void join(std::shared_ptr<ProcessGroup> group) { group_ = std::move(group); }

  torch::Tensor forward(const torch::Tensor& x);  // [B,C,H,W]

 private:
  const std::int64_t stride_, padding_;
  std::shared_ptr<ProcessGroup> group_;  // null: gradients of what this process sees
};
TORCH_MODULE(Convolution);

// torch::nn::Linear.
class LinearImpl : public torch::nn::LinearImpl {
 public:
  using torch::nn::LinearImpl::LinearImpl;

  void join(std::shared_ptr<ProcessGroup> group) { group_ = std::move(group); }  // as a convolution

  torch::Tensor forward(const torch::Tensor& x);  // [B,C]

 private:
  std::shared_ptr<ProcessGroup> group_;
};
TORCH_MODULE(Linear);

}  // namespace rod::trainer
