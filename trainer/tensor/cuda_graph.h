// A CUDA graph: GPU work that is recorded once and then started again by one launch.
// Source: Reed et al., "Accelerating PyTorch with CUDA Graphs" (2021); torch.cuda.graph.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>

namespace rod::trainer {

// Why this build or device has no CUDA graphs, as the end of a sentence; empty where it has them.
std::string no_cuda_graphs_reason(const torch::Device& device);

// Gives the memory that LibTorch's allocator keeps for re-use back to the GPU. Waits for the
// device. Does nothing on a CPU, and in a build against a LibTorch without CUDA.
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
  // the device. Throws what `work` throws, and c10::Error where something can't be recorded.
  void record(const std::function<void()>& work);

  // Runs the recorded work on the current stream. Random numbers follow the device's generator as
  // it is now. Does not wait for the device. Requires: record() has returned.
  void replay();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rod::trainer
