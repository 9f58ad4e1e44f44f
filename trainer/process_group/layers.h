// Convolutions and linear layers whose gradients are, to the last bit, the same for one, two and
// four processes.
//
// A layer that has joined a group works on one chunk, a quarter of the global batch, at a time, and
// adds the chunks' gradients in double precision, in which the sum of four single-precision numbers
// hardly ever needs rounding. So the number of processes has no influence on the order of
// additions.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "trainer/process_group/process_group.h"

namespace rod::trainer {

// In how many chunks a global batch is computed, by all processes together.
constexpr std::int64_t kChunks = 4;

// torch::nn::Conv2d.
class ConvolutionImpl : public torch::nn::Conv2dImpl {
 public:
  ConvolutionImpl(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                  std::int64_t padding, bool bias);

  // From now on x is this process's slice of a batch, and gradients are those of the global batch
  // divided by the number of processes, as each computes the mean over its slice. Requires: that
  // number divides kChunks, kChunks divides the batch, and precision is single or double.
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
