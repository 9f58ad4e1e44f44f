// Training steps as one launch each: the first steps run operation by operation, then one is
// recorded as a CUDA graph, and all later ones replay it with the weights' and batches' new values.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <string>
#include <vector>

#include "trainer/methods/method.h"
#include "trainer/tensor/cuda_graph.h"

namespace rod::trainer {

class StepGraph {
 public:
  using Step = std::function<NamedLosses(const std::vector<Minibatch>&)>;

  // If recording fails, `log` receives one line and steps run operation by operation.
  StepGraph(const torch::Device& device, std::function<void(const std::string&)> log);

  // Performs `step` on `minibatches` and returns its losses. Requires: `step` does the same
  // operations on the same tensors each time, except for the values of the minibatches and the
  // generator's state. Does not wait for the device, except in the call that records.
  NamedLosses run(const std::vector<Minibatch>& minibatches, const Step& step);

  bool recorded() const { return graph_ != nullptr; }

 private:
  void record(const std::vector<Minibatch>& minibatches, const Step& step);
  NamedLosses replay(const std::vector<Minibatch>& minibatches);

  const torch::Device device_;
  const std::function<void(const std::string&)> log_;
  int eager_steps_ = 0;  // so far
  bool failed_ = false;
  std::unique_ptr<CudaGraph> graph_;
  std::vector<Minibatch> inputs_;  // the memory that the graph reads
  std::vector<std::string> names_;
  torch::Tensor losses_;  // [names_.size()] f32: the memory that the graph writes
};

}  // namespace rod::trainer
