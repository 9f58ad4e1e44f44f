// Layers whose results do not depend on the number of processes that share a batch.
//
// The gradients of convolutions and linear layers are bit-identical for one, two and four. A layer
// that has joined a group processes the global batch in chunks of a quarter each, and adds the
// chunks' gradients in double precision, where the sum of four single-precision numbers hardly ever
// needs rounding. So the number of processes does not affect the result.
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

// Equal to torch::nn::Dropout; on a CPU also in its random numbers, which do not depend on the
// number of processes: each uses its slice of the draws for the global batch.
class DropoutImpl : public torch::nn::Module {
 public:
  explicit DropoutImpl(double p) : p_(p) {}

  // After this call, x is this process's slice of a batch. Requires: slices of equal size, and
  // generators in equal states.
  void join(const std::shared_ptr<ProcessGroup>& group) { slice_ = group->slice(); }

  torch::Tensor forward(const torch::Tensor& x);  // [B,…]

 private:
  const double p_;
  stream::Slice slice_;  // of the batch
};
TORCH_MODULE(Dropout);

// Gathers the features of all processes into one batch, for losses that compare samples with each
// other.
class GlobalBatchImpl : public torch::nn::Module {
 public:
  // After this call, x is this process's slice of a batch. Requires: slices of equal size.
  void join(std::shared_ptr<ProcessGroup> group) { group_ = std::move(group); }

  // [B,…] -> [B x processes,…], in the order of ranks; in a group of one, x itself. Requires: all
  // processes compute the same loss from the result; the mean of their gradients is then the
  // gradient of that loss.
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::shared_ptr<ProcessGroup> group_;  // null: alone
};
TORCH_MODULE(GlobalBatch);

}  // namespace rod::trainer
