// Convolutions and linear layers whose gradients are, to the last bit, the same for one, two and four processes.
//
// A layer that has joined works on a quarter of the whole batch at a time, whoever has that quarter, and adds the quarters' gradients in
// double, where four numbers of single precision hardly ever need rounding. No order of adding is left that the number of
// processes could change.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "trainer/process_group/process_group.h"

namespace rod {

// How many parts of a batch are computed apart, by all processes together.
constexpr std::int64_t kChunks = 4;

// torch::nn::Conv2d.
class ConvolutionImpl : public torch::nn::Conv2dImpl {
 public:
  ConvolutionImpl(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                  std::int64_t padding, bool bias);

  // From now on x is this process's slice of a batch, and gradients are those of the whole batch divided by the number of processes, of
  // which each computes the mean over its slice. REQUIRES: that number divides kChunks, and kChunks the batch; single or double precision.
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

}  // namespace rod
