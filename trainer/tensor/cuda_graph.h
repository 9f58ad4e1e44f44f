// A CUDA graph: GPU work that is recorded once and then replayed with one launch.
// Source: Reed et al., "Accelerating PyTorch with CUDA Graphs" (2021); torch.cuda.graph.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>

namespace rod::trainer {

// Returns why this build or device does not support CUDA graphs, as the end of a sentence; empty if
// it does.
std::string no_cuda_graphs_reason(const torch::Device& device);

// Returns the memory that LibTorch's allocator has cached to the GPU. Waits for the device. Has no
// effect on a CPU, or in a build against a LibTorch without CUDA.
void release_cached_memory(const torch::Device& device);

class CudaGraph {
 public:
  // Requires: no_cuda_graphs_reason() is empty.
  explicit CudaGraph(const torch::Device& device);
  ~CudaGraph();
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;

  // Calls `work`, whose kernels and copies are recorded but not run. What it allocates on the
  // device belongs to the graph: addresses stay the same in every replay. `work` must not wait for
  // the device. Throws what `work` throws; c10::Error if an operation can't be recorded.
  void record(const std::function<void()>& work);

  // Runs the recorded work on the current stream. Random numbers are drawn from the current state
  // of the device's generator. Does not wait for the device. Requires: record() has returned.
  void replay();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rod::trainer
