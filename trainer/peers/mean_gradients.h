// Gradients as their means over all processes, exchanged in buckets while the backward pass still runs.
//
// A step may have several backward passes that add up. The first step only counts how often each parameter gets
// gradients, and in which order they are complete; from then on a bucket goes out as soon as its last gradient is. Not
// c10d's Reducer, which knows one pass a step and whose constructor differs between LibTorch's versions.
#pragma once

#include <torch/csrc/autograd/variable.h>
#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "trainer/peers/peers.h"

namespace rod {

class MeanGradients {
 public:
  // REQUIRES: the same parameters, and from now on the same passes in every step, in every process.
  MeanGradients(std::vector<torch::Tensor> parameters, std::shared_ptr<Peers> peers,
                std::int64_t bucket_bytes = 25 << 20);
  ~MeanGradients();
  MeanGradients(const MeanGradients&) = delete;
  MeanGradients& operator=(const MeanGradients&) = delete;

  // After the last backward pass of a step: now all gradients are means. Errors: the peers'.
  void finish();

  std::size_t buckets() const { return buckets_.size(); }  // 0 before the first step

 private:
  struct Bucket {
    std::vector<std::size_t> parameters;
    std::size_t missing = 0;         // gradients that are not complete yet in this step
    torch::Tensor values;            // all of them, one after the other
    std::function<void()> complete;  // empty: not sent yet
  };
  struct Parameter {
    torch::Tensor tensor;
    // Kept, as its hook dies with it. LibTorch's versions have pointers of different kinds.
    decltype(torch::autograd::impl::grad_accumulator(torch::Tensor())) accumulator;
    std::uintptr_t hook = 0;
    std::size_t passes = 0, seen = 0;  // that give it gradients: in a step, and in this one so far
    std::size_t bucket = 0;
  };

  void see(std::size_t parameter);
  void make_buckets();
  void send_complete();
  void send(Bucket& bucket);
  void receive(Bucket& bucket);

  std::vector<Parameter> parameters_;
  std::shared_ptr<Peers> peers_;
  std::int64_t bucket_bytes_;
  std::vector<std::size_t>
      order_;  // in the first step: parameters as they got gradients, again and again
  std::vector<Bucket> buckets_;
  std::size_t next_ = 0;  // the first bucket that is not sent: all processes send in one order
};

}  // namespace rod
