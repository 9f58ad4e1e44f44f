// Averages gradients over all processes, in buckets that are reduced while the backward pass runs.
//
// A step may have several backward passes, whose gradients add up. The first step records how often
// each parameter receives a gradient and in which order gradients are complete. In later steps a
// bucket is sent as soon as its last gradient is complete. c10d's Reducer is not used because it
// supports only one pass per step and its constructor differs between LibTorch versions.
#pragma once

#include <torch/csrc/autograd/variable.h>
#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "trainer/process_group/process_group.h"

namespace rod::trainer {

class GradientReducer {
 public:
  // Requires: all processes have the same parameters, and every step has the same passes.
  GradientReducer(std::vector<torch::Tensor> parameters, std::shared_ptr<ProcessGroup> group,
                  std::int64_t bucket_bytes = 25 << 20);
  ~GradientReducer();
  GradientReducer(const GradientReducer&) = delete;
  GradientReducer& operator=(const GradientReducer&) = delete;

  // Call after the last backward pass of a step. When it returns, all gradients are means over the
  // processes. Throws the group's errors.
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
    // Kept because the hook is removed with it. The pointer's type differs between LibTorch
    // versions.
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
  std::shared_ptr<ProcessGroup> group_;
  std::int64_t bucket_bytes_;
  // in the first step: parameters as they got gradients, again and again
  std::vector<std::size_t> order_;
  std::vector<Bucket> buckets_;
  std::size_t next_ = 0;  // the first bucket that is not sent: all processes send in one order
};

}  // namespace rod::trainer
